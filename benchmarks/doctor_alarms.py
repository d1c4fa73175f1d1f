"""How often each of the doctor's rules alarms on healthy trainings, over many drawn at random.

Networks, optimizers, rates, schedules, batches and tables are drawn; each is trained with four seeds by `train_many`,
and once more for twice as long. Healthy is, by these runs alone, what learns about all that any drawn training learns
of its table, with every seed, does not get worse towards its end, and would not come clearly further in twice the time.
These are handed to the doctor as PyTorch loops. Many look odd: batches of four, warm-up, dropout, units mostly off.
"""

import argparse
import contextlib
import os
import sys
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from common import write_json
from healthy_trainings import SEEDS, TABLES, Setting, drawn, healthy_among, losses, network, rows, trained
from looplab import doctor
from looplab.data import batch_order
from looplab.doctor.rules import RULES
from looplab.loop.optimizers import make_optimizer
from looplab.loop.schedules import lr_factor
from looplab.statistics import rate_interval
from looplab.version import __version__

T = TypeVar("T")


def examined(setting: Setting, seed: int) -> list[tuple[str, str]]:
    """What the doctor says of it, as a loop."""
    torch.set_num_threads(1)
    dataset, validation = rows(setting.table)
    recipe = setting.recipe()
    torch.manual_seed(seed)
    model = network(setting, inputs=dataset.features, outputs=dataset.outputs)
    optimizer = make_optimizer(model, recipe)
    steps, steps_per_epoch = recipe.total_steps(len(dataset)), recipe.steps_per_epoch(len(dataset))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: lr_factor(recipe.schedule, min(step, steps - 1), steps, {})
    )
    epochs = [0]

    def batches() -> Iterator[tuple[Tensor, Tensor]]:
        size, own_seed = min(setting.batch_size, len(dataset)), seed + 1000 * epochs[0]
        epochs[0] += 1
        for some in batch_order(len(dataset), size, steps_per_epoch, own_seed):
            yield (dataset.inputs, dataset.targets) if some is None else (dataset.inputs[some], dataset.targets[some])

    def step(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Any, x: Tensor, y: Tensor) -> Tensor:
        model.train()
        loss: Tensor = loss_fn(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        if setting.clip_norm is not None:
            nn.utils.clip_grad_norm_(model.parameters(), setting.clip_norm)
        optimizer.step()
        schedule.step()
        return loss

    def validate(model: nn.Module, x: Tensor, y: Tensor) -> float:
        model.eval()
        with torch.no_grad():
            outputs = model(x)
        if dataset.task == "regression":
            return 1 - float((outputs - y).square().mean() / (y - y.mean()).square().mean())
        said = outputs.argmax(dim=1) if dataset.task == "multiclass" else (outputs > 0).float()
        return float((said == y).float().mean())

    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        diagnosis = doctor.examine(
            model,
            optimizer,
            losses(dataset),
            batches,
            step=step,
            validation=(validation.inputs, validation.targets),
            validate=validate,
            epochs=setting.epochs,
        )
    return [(finding.fault, finding.level) for finding in diagnosis.findings]


def counted(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Alarms of each rule: what it called a fault, and beside it what it called worth a look."""
    by_level: dict[str, Counter[str]] = {"fault": Counter(), "worth a look": Counter()}
    for each in results:
        for name, level in each["findings"]:
            by_level[level][name] += 1
    ill = sum(any(level == "fault" for _, level in each["findings"]) for each in results)
    return {
        "examined": len(results),
        "called_ill": ill,
        "called_ill_interval": share(ill, len(results)),
        "rules": {
            name: {
                "false_alarms": by_level["fault"][name],
                "interval": share(by_level["fault"][name], len(results)),
                "worth_a_look": by_level["worth a look"][name],
            }
            for name in sorted(RULES)
        },
    }


def share(count: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a rate."""
    interval = rate_interval(count, of)
    return interval.low, interval.high


def main() -> None:
    """Draw, train, choose the healthy, examine, count."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--settings", type=int, default=120, help="drawn for each table")
    parser.add_argument("--first", type=int, default=1000, help="number of the first; others are other settings")
    parser.add_argument("--seeds", type=int, default=1, help="of each healthy setting, examined; new ones")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.settings)
    settings = [drawn(table, number) for table in TABLES for number in numbers]
    with ProcessPoolExecutor(options.processes) as pool:
        outcomes = dict(
            zip(settings, _told("trained", settings, pool.map(trained, settings, chunksize=4)), strict=True)
        )
        healthy = healthy_among(outcomes)
        jobs = [(setting, seed) for setting in healthy for seed in range(SEEDS, SEEDS + options.seeds)]
        found = _told("examined", jobs, pool.map(examined, *zip(*jobs, strict=True), chunksize=4))
        results: list[dict[str, Any]] = [
            {"setting": asdict(setting), "seed": seed, "findings": findings}
            for (setting, seed), findings in zip(jobs, found, strict=True)
        ]
    summary = {
        "looplab": __version__,
        "torch": torch.__version__,
        "first": options.first,
        "drawn": len(settings),
        "trainings": 2 * SEEDS * len(settings),
        "healthy": dict(Counter(setting.table for setting in healthy)),
        **counted(results),
        "alarms": [each for each in results if any(level == "fault" for _, level in each["findings"])],
    }
    write_json(summary, options.output)


def _told(what: str, all_of: Sequence[object], done: Iterator[T]) -> list[T]:
    results = []
    for each in done:
        results.append(each)
        print(f"\r{what}: {len(results)} of {len(all_of)}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return results


if __name__ == "__main__":
    main()
