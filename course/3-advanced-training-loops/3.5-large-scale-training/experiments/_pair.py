"""Two processes on this machine that train together, and what they do for a seed.

The file is both: what experiments import, and the script that each of the two runs. They are started once, are asked
through their standard input, and end with the process that started them.
"""

import atexit
import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
from scipy.optimize import nnls
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from looplab import Computation, Dataset, Recipe, load, mlp, train
from looplab.errors import ExperimentError

__all__ = ["distance", "found", "network", "recipe"]

STEPS, BATCH, TURNS = 30, 101, 30


@cache
def digits() -> Dataset:
    """The digits, read once."""
    return load("digits")


def network(width: int = 64) -> nn.Module:
    """64→H→H→10 with ReLU; 8,970 parameters with H = 64."""
    return mlp(64, [width, width], 10)


def recipe(seed: int, steps: int = STEPS) -> Recipe:
    """Adam with batches of 101 rows, which neither two processes nor parts of 40 rows share evenly."""
    return Recipe(optimizer="adam", lr=0.003, steps=steps, batch_size=BATCH, seed=seed)


def distance(one: nn.Module, other: nn.Module) -> float:
    """The largest difference between two parameters."""
    pairs = zip(one.parameters(), other.parameters(), strict=True)
    return max(float((mine - theirs).detach().abs().max()) for mine, theirs in pairs)


def apart(how: Any, seed: int) -> dict[str, float]:
    """How far two processes end from one that trains alone."""
    alone = train(network, digits(), recipe(seed))
    shared = train(network, digits(), recipe(seed), computation=Computation(parallel=how))
    return {"apart": distance(alone.model, shared.model)}


Step = Callable[[], object]


def a_step(model: nn.Module, rows: int, *, by_hand: bool = False, ddp: bool = False) -> Step:
    """A step of SGD; its gradients are summed in one message by hand, by DDP, or not at all."""
    X, y = digits().inputs[:rows], digits().targets[:rows]
    trained = DistributedDataParallel(model) if ddp else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step() -> None:
        optimizer.zero_grad()
        nn.functional.cross_entropy(trained(X), y).backward()
        if by_hand:
            dist.all_reduce(torch.cat([torch.as_tensor(p.grad).flatten() for p in model.parameters()]))
        optimizer.step()

    return step


def seconds(steps: Mapping[str, Step]) -> dict[str, float]:
    """The shortest wall time of each kind of step, in turns: the time of a step that nothing else disturbed."""
    shortest = dict.fromkeys(steps, float("inf"))
    for _ in range(TURNS):
        for name, step in steps.items():
            dist.barrier()
            started = perf_counter()
            step()
            shortest[name] = min(shortest[name], perf_counter() - started)
    return shortest


def slowdown() -> dict[str, float]:
    """The time of a step of two processes with DDP over that of one, each with 101 rows in all."""
    both = a_step(network(), BATCH - BATCH // 2, ddp=True)
    taken = seconds({"alone": a_step(network(), BATCH), "both": both})
    return {"time": taken["both"] / taken["alone"]}


def scaling(widths: Sequence[int] = (64, 256)) -> dict[str, float]:
    """The time of a step with one message by hand over what compute and t = a + b·bytes give, by width."""
    sizes = [2**power for power in (8, 12, 15, 18)]
    messages = {n: torch.ones(n) for n in sizes}
    times = seconds({str(n): partial(dist.all_reduce, message) for n, message in messages.items()})
    X = np.array([[1.0, 4 * n] for n in sizes]) / np.array([[times[str(n)]] for n in sizes])
    a, b = nnls(X, np.ones(len(sizes)))[0]  # least squares of relative errors, both at least 0
    found = {}
    for width in widths:
        model = network(width)
        taken = seconds({"compute": a_step(model, BATCH), "step": a_step(model, BATCH, by_hand=True)})
        message = a + b * 4 * sum(p.numel() for p in model.parameters())
        found[f"width {width}"] = taken["step"] / (taken["compute"] + message)
    return found


def answer(what: str, seed: int) -> dict[str, float]:
    """What was asked for, in each of the two processes."""
    torch.manual_seed(seed)
    others = {"slowdown": slowdown, "scaling": scaling}
    return others[what]() if what in others else apart(what, seed)


@cache
def pair() -> list[subprocess.Popen[str]]:
    """The two processes, which meet in a file."""
    folder = TemporaryDirectory()
    command = [sys.executable, __file__, f"{folder.name}/meeting"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    both = [subprocess.Popen([*command, rank], env=environment, **pipes) for rank in "01"]

    def end() -> None:
        for each in both:
            each.communicate()  # closes its standard input, at which it ends
        folder.cleanup()

    atexit.register(end)
    return both


@lru_cache(maxsize=4096)
def found(what: str, seed: int) -> dict[str, float]:
    """What two processes find for a seed: "ddp", "fsdp", "slowdown" or "scaling".

    Raises:
        ExperimentError: one of them has ended.
    """
    for each in pair():
        print(what, seed, file=each.stdin, flush=True)
    lines = [each.stdout.readline() for each in pair() if each.stdout]
    if not all(lines):
        fix = "What it printed above says why it ended."
        raise ExperimentError(f"{what} with seed {seed}", expected="an answer of both processes", got="none", fix=fix)
    numbers: dict[str, float] = json.loads(lines[0])
    return numbers


if __name__ == "__main__":
    torch.set_num_threads(1)
    meeting = Path(sys.argv[1]).as_uri()
    dist.init_process_group("gloo", init_method=meeting, rank=int(sys.argv[2]), world_size=2)
    for line in sys.stdin:
        asked, number = line.split()
        print(json.dumps(answer(asked, int(number))), flush=True)
    dist.destroy_process_group()
