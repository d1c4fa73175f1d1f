"""Question: is there a size of network, batch or call at which `train_many` is slower than a PyTorch loop or JAX?

Everything runs on one thread, and rivals take turns within one process. A figure is per replica and step, of the
processor's time and of wall time, in a training of 1,000 steps: two calls of few steps tell what a step takes, and what
a call takes besides, such as drawing the initial parameters. JAX is given these and the batch orders; nobody's
compiling counts. Beside the rivals stand two limits: torch's own matrix products of the same shapes, and the arithmetic
in them at the rate that torch's product reaches with large square matrices.

What is measured is written after each shape, and a later start goes on from there. `--quick` measures less of all.
"""

import argparse
import itertools
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

import peers
from common import Work, versions
from looplab import Dataset
from looplab.sweeps import train_many

__all__ = ["Shape", "measured", "shapes"]

ROWS = 2048
HIDDEN: dict[str, tuple[int, ...]] = {"8": (8,), "64": (64,), "256": (256,), "3×256": (256, 256, 256)}
BATCHES = (16, 64, 1024, None)
REPLICAS = (1, 8, 64, 512)
TURNS = 3
OF_STEPS = 1000
"""The length of the training that the figures are for."""

_SECONDS = 0.1
_LONG_SECONDS = 1.5
_JAX_BYTES = 2**30
_GUESSED_RATE = 3e10
_GUESSED_STEP = 2e-6
_COMPARED = 5e8
"""Rows times parameters of a call that looplab compares with plain PyTorch beforehand, each time."""

Times = tuple[float, float]
"""Seconds of the processor, and of the clock on the wall."""


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A network and its batch."""

    hidden: str
    batch: int | None
    features: int

    @property
    def name(self) -> str:
        """The key in the report."""
        features = "feature" if self.features == 1 else "features"
        return f"{self.features} {features}, hidden {self.hidden}, batch {self.batch or 'all'}"

    def work(self, replicas: int, steps: int) -> Work:
        """The training for the peers."""
        return Work(
            name=self.name, widths=HIDDEN[self.hidden], activation="relu", dataset=_data(self.features), lr=0.001,
            batch_size=self.batch, steps=steps, replicas=replicas, targets={},
        )  # fmt: skip

    def steps(self, replicas: int) -> int:
        """How many steps take long enough to be measured: all, or an even number, of which half is measured, too."""
        each = _GUESSED_STEP + self.work(1, 1).arithmetic(1) / _GUESSED_RATE
        steps = max(2, min(OF_STEPS, int(_SECONDS / (replicas * each)))) // 2 * 2
        sizes = [self.features, *HIDDEN[self.hidden], 1]
        size = replicas * (self.batch or ROWS) * sum((one + 1) * other for one, other in itertools.pairwise(sizes))
        while steps // 2 * size < _COMPARED <= steps * size:
            steps *= 2  # so that looplab compares both calls with plain PyTorch, or neither
        return steps

    def jax_replicas(self, replicas: int) -> int:
        """As many as JAX has room for at once: its time is proportional to them, a user would train in stretches."""
        row = 4 * 4 * (self.features + sum(HIDDEN[self.hidden]))
        return max(1, min(replicas, _JAX_BYTES // (row * (self.batch or ROWS))))


def shapes(*, quick: bool) -> Iterator[Shape]:
    """The shapes of the grid, small networks first, and all with the middle number of features before the others."""
    for features, hidden, batch in itertools.product((20, 1, 64), HIDDEN, BATCHES):
        if not quick or (features == 20 and batch in (64, 1024)):
            yield Shape(hidden=hidden, batch=batch, features=features)


def measured(shape: Shape, *, replicas: tuple[int, ...], turns: int, with_jax: bool) -> dict[str, Any]:
    """Everyone's time for a shape, with each number of replicas."""
    calls: dict[str, _Rival] = {"loop": _loop(shape), "product": _product(shape)}
    for count in replicas:
        calls[f"looplab {count}"] = _looplab(shape, count)
        if with_jax:
            calls[f"jax {count}"] = _jax(shape, count)
    times: dict[str, list[Times]] = {name: [] for name in calls}
    for turn in range(turns):
        names = list(calls) if turn % 2 == 0 else list(calls)[::-1]
        for name in names:
            if not turn or times[name][0][0] * calls[name].share <= _LONG_SECONDS:
                times[name].append(calls[name].once())
    every = {f"R={count}": _compared(times, count, with_jax) for count in replicas}
    return {
        "loop_us": _medians(times["loop"]),
        "torch_products_us": _medians(times["product"]),
        "operations": shape.work(1, 1).arithmetic(1),
        "jax_replicas": [shape.jax_replicas(count) for count in replicas],
        "replicas": every,
    }


def _compared(times: Mapping[str, list[Times]], count: int, with_jax: bool) -> dict[str, Any]:
    """Looplab's time, and how many times it the rivals' is: the median of the ratios within a turn."""
    own = times[f"looplab {count}"]
    rivals = {"loop": times["loop"], "jax": times[f"jax {count}"]} if with_jax else {"loop": times["loop"]}
    found: dict[str, Any] = {"looplab_us": _medians(own)}
    if with_jax:
        found["jax_us"] = _medians(rivals["jax"])
    for name, theirs in rivals.items():
        found[f"times_faster_than_{name}"] = {
            clock: statistics.median(other[place] / mine[place] for other, mine in zip(theirs, own, strict=False))
            for place, clock in enumerate(("processor", "wall"))
        }
    return found


@dataclass(frozen=True, kw_only=True)
class _Rival:
    """Times one step of one replica, by calls of two lengths.

    Attributes:
        long: trains replicas for some steps.
        short: the same for half as many; None where the long call is a whole training, or costs nothing besides.
        share: replicas × steps of the long call.
    """

    long: Callable[[], object]
    short: Callable[[], object] | None
    steps: int
    replicas: int

    @property
    def share(self) -> int:
        return self.steps * self.replicas

    def once(self) -> Times:
        """Seconds per replica and step."""
        long = _seconds(self.long)
        if self.short is None:
            return long[0] / self.share, long[1] / self.share
        short = _seconds(self.short)
        return self._in_a_training(long[0], short[0]), self._in_a_training(long[1], short[1])

    def _in_a_training(self, long: float, short: float) -> float:
        step = max(0.0, long - short) / (self.steps - self.steps // 2)
        besides = max(0.0, short - step * (self.steps // 2))
        return (besides / OF_STEPS + step) / self.replicas


def _seconds(call: Callable[[], object]) -> Times:
    processor, wall = time.process_time(), time.perf_counter()
    call()
    return time.process_time() - processor, time.perf_counter() - wall


def _looplab(shape: Shape, replicas: int) -> _Rival:
    steps = shape.steps(replicas)
    work = shape.work(replicas, steps)

    def train(count: int) -> None:
        train_many(work.make_model, work.dataset, work.recipe(count), seeds=replicas, threads=1)

    train(1)  # the first call for a network is compared with plain PyTorch, however small
    short = None if steps == OF_STEPS else lambda: train(steps // 2)
    return _Rival(long=lambda: train(steps), short=short, steps=steps, replicas=replicas)


def _loop(shape: Shape) -> _Rival:
    steps = max(4, min(100, shape.steps(1)))
    return _Rival(
        long=peers.pytorch(shape.work(1, steps), 1, steps),
        short=peers.pytorch(shape.work(1, steps // 2), 1, steps // 2),
        steps=steps,
        replicas=1,
    )


def _jax(shape: Shape, replicas: int) -> _Rival:
    together, steps = shape.jax_replicas(replicas), shape.steps(replicas)
    return _Rival(
        long=peers.jax(shape.work(together, steps), together, steps), short=None, steps=steps, replicas=together
    )


def _product(shape: Shape) -> _Rival:
    """Torch's matrix products of a step, into memory that is there: forward, and both gradients of each layer."""
    rows, sizes = shape.batch or ROWS, [shape.features, *HIDDEN[shape.hidden], 1]
    products = []
    for place, (inputs, outputs) in enumerate(itertools.pairwise(sizes)):
        X, W, Z = torch.randn(rows, inputs), torch.randn(outputs, inputs), torch.randn(rows, outputs)
        products += [(X, W.T, torch.empty(rows, outputs)), (Z.T, X, torch.empty(outputs, inputs))]
        products += [(Z, W, torch.empty(rows, inputs))] if place else []
    repeats = max(3, shape.steps(1))

    def multiply() -> None:
        for _ in range(repeats):
            for first, second, out in products:
                torch.mm(first, second, out=out)

    multiply()
    return _Rival(long=multiply, short=None, steps=repeats, replicas=1)


def _product_rate(size: int = 1024) -> float:
    """GFLOP/s of torch's product of two square matrices in the processor's time, the best of several."""
    first, second, out = torch.randn(size, size), torch.randn(size, size), torch.empty(size, size)
    best = min(_seconds(lambda: torch.mm(first, second, out=out))[0] for _ in range(9))
    return 2 * size**3 / best / 1e9


def _medians(times: list[Times]) -> dict[str, float]:
    processor, wall = zip(*times, strict=True)
    return {"processor": 1e6 * statistics.median(processor), "wall": 1e6 * statistics.median(wall)}


def _data(features: int) -> Dataset:
    """Rows of two classes, which differ in the sum of their features."""
    generator = torch.Generator().manual_seed(features)
    inputs = torch.randn(ROWS, features, generator=generator)
    return Dataset(
        name=f"{features} normal features", inputs=inputs, targets=(inputs.sum(1, keepdim=True) > 0).float(),
        task="binary", feature_names=tuple(f"x{place}" for place in range(features)), target_names=("below", "above"),
    )  # fmt: skip


def _keep_to_one_thread() -> None:
    """Torch and, before it is first loaded, JAX, which makes as many threads as it sees cores."""
    torch.set_num_threads(1)
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


def main() -> None:
    """Measure shape after shape, and write each down."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="few shapes and replicas, one turn, without JAX")
    parser.add_argument("--shapes", default="", help="only shapes whose names contain this")
    parser.add_argument("--afresh", action="store_true", help="measure again what the file holds already")
    parser.add_argument("--output", type=Path, required=True, help="the JSON, from which a later start goes on")
    options = parser.parse_args()
    _keep_to_one_thread()
    report: dict[str, Any] = {
        "versions": versions(),
        "rows": ROWS,
        "quick": options.quick,
        "torch_gflops": _product_rate(),
        "shapes": {},
    }
    if options.output.exists() and not options.afresh:
        report["shapes"] = json.loads(options.output.read_text(encoding="utf-8"))["shapes"]
    wanted = [shape for shape in shapes(quick=options.quick) if options.shapes in shape.name]
    started = time.perf_counter()
    for number, shape in enumerate(wanted, 1):
        if shape.name in report["shapes"]:
            continue
        found = measured(
            shape, replicas=REPLICAS[:2] if options.quick else REPLICAS, turns=1 if options.quick else TURNS,
            with_jax=not options.quick,
        )  # fmt: skip
        report["shapes"][shape.name] = found
        options.output.parent.mkdir(parents=True, exist_ok=True)
        options.output.write_text(json.dumps(report, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        print(
            f"{number} of {len(wanted)}, {time.perf_counter() - started:.0f} s: {shape.name}: {_in_short(found)}",
            flush=True,
        )


def _in_short(found: Mapping[str, Any]) -> str:
    rivals = [name for name in ("loop", "jax") if f"times_faster_than_{name}" in found["replicas"]["R=1"]]
    each = {
        name: ", ".join(f"{one[f'times_faster_than_{name}']['processor']:.2f}" for one in found["replicas"].values())
        for name in rivals
    }
    return "; ".join(
        f"{times} times faster than {name} with {', '.join(found['replicas'])}" for name, times in each.items()
    )


if __name__ == "__main__":
    main()
