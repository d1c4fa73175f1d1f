"""How often each of the doctor's rules alarms on healthy trainings, over many drawn at random.

Networks, optimizers, rates, schedules, batches and tables are drawn; each is trained with four seeds by `train_many`,
and once more for twice as long. Healthy is, by these runs alone, what learns about all that any drawn training learns
of its table, with every seed, does not get worse towards its end, and would not come clearly further in twice the time.
These are handed to the doctor as PyTorch loops. Many look odd: batches of four, warm-up, dropout, units mostly off.
So are small convolutional, recurrent and attending nets (`healthy_nets.py`), told by the same measure. With --minutes
it ends early, and counts what was examined until then.
"""

import argparse
import contextlib
import math
import os
import random
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

import healthy_nets
from common import write_json
from healthy_nets import NetSetting
from healthy_trainings import (
    SEEDS,
    TABLES,
    Outcome,
    Setting,
    constant_loss,
    drawn,
    healthy_among,
    losses,
    network,
    rows,
    trained,
)
from looplab import doctor
from looplab.data import batch_order
from looplab.doctor.parts import Parts, checked_parts
from looplab.doctor.rules import RULES
from looplab.loop.optimizers import make_optimizer
from looplab.loop.schedules import lr_factor
from looplab.statistics import rate_interval
from looplab.version import __version__

T = TypeVar("T")
AT_ONCE = 8


def parts_of(setting: Setting, seed: int) -> Parts:
    """A perceptron's training as a loop."""
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

    return checked_parts(
        model,
        optimizer,
        losses(dataset),
        batches,
        step=step,
        validation=(validation.inputs, validation.targets),
        validate=validate,
        epochs=setting.epochs,
    )


def examined(setting: Setting | NetSetting, seed: int) -> list[tuple[str, str]]:
    """What the doctor says of it."""
    torch.set_num_threads(1)
    parts = parts_of(setting, seed) if isinstance(setting, Setting) else healthy_nets.training(setting, seed)
    with warnings.catch_warnings(), contextlib.redirect_stdout(sys.stderr):
        warnings.simplefilter("ignore")
        diagnosis = doctor.examine(**vars(parts))
    return [(finding.fault, finding.level) for finding in diagnosis.findings]


def outcome_of(setting: Setting | NetSetting) -> Outcome:
    """What becomes of it."""
    return trained(setting) if isinstance(setting, Setting) else healthy_nets.trained(setting)


def group_of(setting: Setting | NetSetting) -> str:
    """The kind of net and how it is trained, as they are counted."""
    return f"perceptron, {setting.table}" if isinstance(setting, Setting) else f"{setting.net}, {setting.habit}"


def counted(results: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Alarms of each rule: what it called a fault, and beside it what it called worth a look."""
    by_level: dict[str, Counter[str]] = {"fault": Counter(), "worth a look": Counter()}
    for each in results:
        for name, level in each["findings"]:
            by_level[level][name] += 1
    ill = sum(map(is_called_ill, results))
    return {
        "examined": len(results),
        "called_ill": ill,
        "groups": {
            group: {"examined": len(own), "called_ill": sum(map(is_called_ill, own))}
            for group in sorted({each["group"] for each in results})
            if (own := [each for each in results if each["group"] == group])
        },
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


def is_called_ill(result: Mapping[str, Any]) -> bool:
    """Whether anything in it is called a fault."""
    return any(level == "fault" for _, level in result["findings"])


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
    parser.add_argument("--nets", type=int, default=480, help="convolutional and other nets to draw")
    parser.add_argument("--minutes", type=float, default=math.inf, help="after which no more are examined")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    numbers = range(options.first, options.first + options.settings)
    tables = [drawn(table, number) for table in TABLES for number in numbers]
    nets = [healthy_nets.drawn(number) for number in range(options.first, options.first + options.nets)]
    settings: list[Setting | NetSetting] = [*tables, *nets]
    with ProcessPoolExecutor(options.processes) as pool:
        done = list(_told("trained", settings, pool.map(outcome_of, settings)))
        by_table = dict(zip(tables, done[: len(tables)], strict=True))
        by_net = dict(zip(nets, done[len(tables) :], strict=True))
        healthy: list[Setting | NetSetting] = [
            *healthy_among(by_table, data=lambda setting: setting.table, constant=constant_loss),
            *healthy_among(by_net, data=lambda setting: setting.data, constant=healthy_nets.constant_loss),
        ]
        random.Random(0).shuffle(healthy)  # so that a run that is cut short has seen all kinds
        jobs = [(setting, SEEDS + seed) for seed in range(options.seeds) for setting in healthy]
        until = time.monotonic() + 60 * options.minutes
        results: list[dict[str, Any]] = []
        while len(results) < len(jobs) and time.monotonic() < until:
            some = jobs[len(results) : len(results) + AT_ONCE]
            for (setting, seed), findings in zip(some, pool.map(examined, *zip(*some, strict=True)), strict=True):
                results.append(
                    {"group": group_of(setting), "setting": asdict(setting), "seed": seed, "findings": findings}
                )
            print(f"\rexamined: {len(results)} of {len(jobs)}", end="", file=sys.stderr, flush=True)
        print(file=sys.stderr)
    summary = {
        "looplab": __version__,
        "torch": torch.__version__,
        "first": options.first,
        "drawn": len(settings),
        "drawn_on_tables": len(tables),
        "trainings": 2 * SEEDS * len(tables) + 2 * healthy_nets.SEEDS * len(nets),
        "healthy": dict(Counter(map(group_of, healthy))),
        **counted(results),
        "alarms": [each for each in results if is_called_ill(each)],
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
