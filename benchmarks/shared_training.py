"""What processes that share a training give and cost: equal to one process, and how long a step and its messages take.

Claims: trained by two processes, with DDP or FSDP2, a network is the one that a single process trains, within rounding;
a batch in unequal parts is the whole batch, while the mean of the parts' means is not; and the time of an all-reduce
follows t = a + b·bytes, from which the time of a step of two processes can be told.

It starts its processes with torchrun, on loopback. Turns alternate; figures are medians over the turns.
"""

import argparse
import itertools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from scipy.optimize import nnls
from torch import Tensor, nn

from common import versions
from looplab import Computation, Recipe, load, mlp, train
from looplab.loop.computing.computation import Parallel
from looplab.loop.computing.processes import joined

STEPS, TURNS, SEEDS = 200, 5, 8
CLAIM = 1e-4
"""The largest difference between parameters after 200 steps; float32 has rounding near 1e-7 in each."""
WIDTHS = (64, 256, 512)
TIMED_STEPS = 20
BATCH = 256
MEAN_OF_MEANS = "the mean of the parts' means"
PARALLEL: tuple[Parallel, ...] = ("ddp", "fsdp")
NUMBERS = tuple(2**power for power in range(8, 23, 2))
DIGITS = load("digits")
RECIPE = Recipe(optimizer="adam", lr=0.003, steps=STEPS, batch_size=101)


def network(width: int = 64) -> nn.Module:
    """Two hidden layers for the digits."""
    return mlp(DIGITS.features, [width, width], DIGITS.outputs)


def difference(one: nn.Module, other: nn.Module) -> float:
    """The largest difference between two parameters."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((mine - theirs).detach().abs().max()) for mine, theirs in pairs)


def mean_of_means(recipe: Recipe, rows: int) -> nn.Module:
    """Gradient accumulation as large libraries had it: each part's mean counts alike, however few rows it has."""
    torch.manual_seed(recipe.seed)
    model, generator = network(), torch.Generator().manual_seed(recipe.seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=recipe.lr)
    waiting: list[Tensor] = []
    for _ in range(STEPS):
        if not waiting:
            waiting = list(torch.randperm(len(DIGITS), generator=generator).split(recipe.batch_size or len(DIGITS)))
        parts = waiting.pop(0).split(rows)
        optimizer.zero_grad()
        for part in parts:
            loss = nn.functional.cross_entropy(model(DIGITS.inputs[part]), DIGITS.targets[part])
            (loss / len(parts)).backward()
        optimizer.step()
    return model


def in_one_process() -> dict[str, Any]:
    """Parts, bfloat16 and activations computed anew, each beside the plain loop."""
    rows, worst = 40, {"micro_batch_size=40": 0.0, "activation_checkpointing": 0.0, MEAN_OF_MEANS: 0.0}
    losses: dict[str, list[float]] = {"float32": [], "bfloat16": []}
    for seed in range(SEEDS):
        recipe = replace(RECIPE, seed=seed)
        plain = train(network, DIGITS, recipe)
        computed = {
            "micro_batch_size=40": Computation(micro_batch_size=rows),
            "activation_checkpointing": Computation(activation_checkpointing=True),
        }
        for name, how in computed.items():
            worst[name] = max(
                worst[name], difference(plain.model, train(network, DIGITS, recipe, computation=how).model)
            )
        wrong = mean_of_means(recipe, rows)
        worst[MEAN_OF_MEANS] = max(worst[MEAN_OF_MEANS], difference(plain.model, wrong))
        narrow = train(network, DIGITS, recipe, computation=Computation(precision="bfloat16"))
        losses["float32"].append(float(plain.train_loss[-18:].mean()))
        losses["bfloat16"].append(float(narrow.train_loss[-18:].mean()))
    return {"largest difference from the plain loop": worst, "mean loss of the last epoch, by seed": losses}


def seconds_a_step(width: int, computation: Computation | None, rows: int = BATCH) -> float:
    """Wall time of a step over so many rows, the first steps aside."""
    recipe = Recipe(optimizer="sgd", lr=0.01, steps=TIMED_STEPS, batch_size=rows)
    stamps: list[float] = []
    train(
        lambda: network(width),
        DIGITS,
        recipe,
        computation=computation,
        callbacks=[lambda training: stamps.append(time.perf_counter())],
    )
    return statistics.median(later - earlier for earlier, later in itertools.pairwise(stamps[1:]))


def seconds_of_all_reduce(numbers: int) -> float:
    """Wall time of summing so many float32 over the processes."""
    tensor, taken = torch.ones(numbers), []
    for _ in range(7):
        dist.barrier()
        began = time.perf_counter()
        dist.all_reduce(tensor)
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def as_process(folder: Path) -> None:
    """What each of the processes does; the first one writes it down."""
    torch.set_num_threads(1)
    processes, ways = joined("the benchmark"), {name: Computation(parallel=name) for name in PARALLEL}
    worst: dict[str, float] = dict.fromkeys(PARALLEL, 0.0)
    for seed in range(SEEDS):
        recipe = replace(RECIPE, seed=seed)
        plain = train(network, DIGITS, recipe)
        for name, how in ways.items():
            worst[name] = max(
                worst[name], difference(plain.model, train(network, DIGITS, recipe, computation=how).model)
            )
    turns = range(TURNS)
    reduced = {n: statistics.median(seconds_of_all_reduce(n) for _ in turns) for n in NUMBERS}
    steps: dict[int, dict[str, list[float]]] = {width: {name: [] for name in PARALLEL} for width in WIDTHS}
    for _ in turns:
        for width, of_width in steps.items():
            for name, how in ways.items():
                of_width[name].append(seconds_a_step(width, how))
    if processes.rank == 0:
        medians = {w: {name: statistics.median(times) for name, times in each.items()} for w, each in steps.items()}
        found = {"largest difference": worst, "seconds of an all-reduce": reduced, "seconds a step": medians}
        (folder / "found.json").write_text(json.dumps(found))


def in_processes(processes: int) -> dict[str, Any]:
    """What that many processes found out."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
        environment = {**os.environ, "OMP_NUM_THREADS": "1"}
        subprocess.run([*command, __file__, "--process", folder], check=True, env=environment)
        found: dict[str, Any] = json.loads((Path(folder) / "found.json").read_text())
    return found


def line_through(times: Mapping[str, float]) -> dict[str, float]:
    """The a and b of t = a + b·bytes, both at least 0, with the least squares of relative errors."""
    sizes = np.array([4 * int(numbers) for numbers in times], dtype=float)
    seconds = np.array(list(times.values()))
    found, _ = nnls(np.stack([np.ones_like(sizes), sizes], axis=1) / seconds[:, None], np.ones_like(seconds))
    a, b = map(float, found)
    off = np.abs((a + b * sizes) / seconds - 1)
    return {
        "seconds of a message": a,
        "seconds of a byte": b,
        "median relative error": float(np.median(off)),
        "largest relative error": float(off.max()),
    }


def modelled(width: int, line: Mapping[str, float], processes: int) -> dict[str, float]:
    """The time of a step as the model has it: a share of the rows, and the messages that the gradient needs."""
    numbers = sum(parameter.numel() for parameter in network(width).parameters())
    alone = statistics.median(seconds_a_step(width, None) for _ in range(TURNS))
    share = statistics.median(seconds_a_step(width, None, -(-BATCH // processes)) for _ in range(TURNS))
    gradient = line["seconds of a message"] + line["seconds of a byte"] * 4 * numbers
    reports = 2 * line["seconds of a message"]  # the loss, and whether to stop
    return {
        "parameters": numbers,
        "one process": alone,
        "one process with a share of the rows": share,
        "all-reduce of the gradient": gradient,
        "model": share + gradient + reports,
    }


def main() -> None:
    """Measure and print; write the JSON if asked to."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--processes", type=int, default=2, help="how many share a training")
    parser.add_argument("--output", type=Path, help="also write the JSON here")
    parser.add_argument("--process", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.process:
        as_process(arguments.process)
        return
    torch.set_num_threads(1)
    alone, together = in_one_process(), in_processes(arguments.processes)
    line = line_through(together["seconds of an all-reduce"])
    steps = {
        width: {**modelled(int(width), line, arguments.processes), **times}
        for width, times in together.pop("seconds a step").items()
    }
    worst = {**together.pop("largest difference"), **alone.pop("largest difference from the plain loop")}
    wrong = worst.pop(MEAN_OF_MEANS)
    result = {
        "claim": f"after {STEPS} steps no parameter differs by {CLAIM:g} from that of one process that takes batches "
        "whole, but by far more with the mean of the parts' means",
        "holds": max(worst.values()) < CLAIM < wrong / 10,
        "processes": arguments.processes,
        "steps": STEPS,
        "seeds": SEEDS,
        "batch_size": RECIPE.batch_size,
        "largest difference": {**worst, MEAN_OF_MEANS: wrong},
        **alone,
        **together,
        "all-reduce, fitted": line,
        "seconds a step": {"batch_size": BATCH, "by width": steps},
        "load of the machine before": os.getloadavg()[0],
        "versions": versions(),
    }
    print(json.dumps(result, indent=2))
    if arguments.output:
        arguments.output.write_text(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
