"""What the benchmarks of `train_many` share: the three trainings, taking turns with medians, versions, sizes."""

import itertools
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import torch
from torch import nn

from looplab import Dataset, Recipe, load, mlp

__all__ = ["Work", "matmul_rate", "run_python", "seconds_of", "take_turns", "versions", "works", "write_json"]


_PAUSE_SECONDS = 0.2


@dataclass(frozen=True, kw_only=True)
class Work:
    """A training that every rival runs.

    Attributes:
        name: the name in tables.
        widths: those of the hidden layers.
        activation: their activation.
        dataset: the rows.
        lr: Adam's learning rate.
        batch_size: rows in a step; None for all.
        steps: number of steps of the main measurement, a multiple of an epoch's.
        replicas: how many train at once in the main measurement.
        targets: what the project aims for: how many times faster than a rival at least, and so on.
    """

    name: str
    widths: tuple[int, ...]
    activation: str
    dataset: Dataset
    lr: float
    batch_size: int | None
    steps: int
    replicas: int
    targets: Mapping[str, float]

    @property
    def make_model(self) -> Callable[[], nn.Module]:
        """A function that makes the network, with PyTorch's initial parameters."""
        return partial(mlp, self.dataset.features, self.widths, self.dataset.outputs, self.activation)

    def recipe(self, steps: int | None = None) -> Recipe:
        """The recipe, with another number of steps if given."""
        return Recipe(optimizer="adam", lr=self.lr, steps=steps or self.steps, batch_size=self.batch_size)

    def arithmetic(self, steps: int) -> int:
        """Floating-point operations in the matrix products of one replica over the given steps.

        The forward pass and the gradient of the weights cost 2·rows·D·H a layer each; the gradient of the layer's
        inputs as much again, in all but the first layer.
        """
        sizes = [self.dataset.features, *self.widths, self.dataset.outputs]
        layers = [first * second for first, second in itertools.pairwise(sizes)]
        batches = [rows.numel() for rows in torch.arange(len(self.dataset)).split(self.batch_size or len(self.dataset))]
        rows: int = sum(batches[step % len(batches)] for step in range(steps))
        return 2 * rows * (3 * sum(layers) - layers[0])


def works() -> list[Work]:
    """The three settings of the course."""
    return [
        Work(
            name="moons 2→8→1 ReLU, 200 rows",
            widths=(8,),
            activation="relu",
            dataset=load("moons"),
            lr=0.05,
            batch_size=None,
            steps=1000,
            replicas=256,
            targets={"pytorch": 1000, "jax": 10, "seconds": 0.15},
        ),
        Work(
            name="sine 1→10→1 tanh, 100 rows",
            widths=(10,),
            activation="tanh",
            dataset=load("sine"),
            lr=0.01,
            batch_size=None,
            steps=1000,
            replicas=256,
            targets={"pytorch": 500, "jax": 5},
        ),
        Work(
            name="digits 64→64→64→10 ReLU, batches of 64",
            widths=(64, 64),
            activation="relu",
            dataset=load("digits"),
            lr=0.001,
            batch_size=64,
            steps=145,
            replicas=64,
            targets={"pytorch": 25, "jax": 2, "matmul": 0.6},
        ),
    ]


def seconds_of(call: Callable[[], object]) -> float:
    """Wall time of one call."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def take_turns(calls: Mapping[str, Callable[[], object]], turns: int) -> dict[str, float]:
    """The median wall time of each call over several rounds, in each of which every call has its turn.

    There is a pause before each call, because the threads of the previous one may spin for a while after their work.
    """
    times: dict[str, list[float]] = {name: [] for name in calls}
    for turn in range(turns):
        names = list(calls) if turn % 2 == 0 else list(calls)[::-1]
        for name in names:
            time.sleep(_PAUSE_SECONDS)
            times[name].append(seconds_of(calls[name]))
    return {name: statistics.median(seconds) for name, seconds in times.items()}


def matmul_rate(size: int = 1024, repeats: int = 5) -> float:
    """GFLOP/s of torch's float32 product of two square matrices, the best of several."""
    first, second = torch.randn(size, size), torch.randn(size, size)
    best = min(seconds_of(lambda: first @ second) for _ in range(repeats))
    return 2 * size**3 / best / 1e9


def versions() -> dict[str, Any]:
    """Versions, processor and threads."""
    packages = {}
    for name in ("looplab", "torch", "numba", "numpy", "jax", "scikit-learn"):
        try:
            packages[name] = version(name).split("+")[0]
        except PackageNotFoundError:
            packages[name] = "not installed"
    return {
        "python": platform.python_version(),
        **packages,
        "processor": _processor(),
        "cores": os.cpu_count(),
        "torch threads": torch.get_num_threads(),
    }


def run_python(code: str, environment: Mapping[str, str] | None = None) -> Any:
    """Run code in a fresh Python process and return the last line it prints, parsed as JSON."""
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        return {"failed": result.stderr.strip().splitlines()[-1]}
    return json.loads(result.stdout.strip().splitlines()[-1])


def write_json(report: Mapping[str, Any], output: Path | None) -> None:
    """Print the report; also write it to a file if one is given."""
    text = json.dumps(report, indent=2, ensure_ascii=False)
    print(text)
    if output:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text + "\n", encoding="utf-8")


def _processor() -> str:
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()
