"""Question: what does the fused engine's own compiler buy over plain numba with the BLAS, written as well as it gets?

Both train the three works from the same initial parameters in turns, on one thread. Time is the processor's: other
work on the machine would count in wall time. The rival is given its batch orders, which the engine shuffles itself.
`--quick` measures less of everything, to see that the benchmark runs; `--output` writes the JSON.
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from llvmlite import binding
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from common import Work, run_python, versions, works, write_json
from looplab import Recipe, train
from looplab.data import batch_order
from looplab.loop.recording import Recording
from looplab.replicas.arguments import make_call
from looplab.replicas.fused import run_fused
from looplab.replicas.plan import Network, describe_network
from plain.shallow import shallow_training
from plain.wide import make_memory, train_wide

Losses = NDArray[np.float32]
LIMIT = 1.25
"""So many times the engine's time, and plain numba would replace it."""


def initial_parameters(work: Work, replicas: int) -> NDArray[np.float32]:
    """R×P: those of the seeds 0 to R - 1."""
    rows = []
    for seed in range(replicas):
        torch.manual_seed(seed)
        rows.append(torch.cat([p.detach().flatten() for p in work.make_model().parameters()]))
    return torch.stack(rows).numpy()


def fused(work: Work, replicas: int, steps: int) -> Callable[[], Losses]:
    """The engine on one thread."""
    call = make_call(
        work.make_model, work.dataset, work.recipe(steps), seeds=replicas, vary=None, row_weights=None,
        recording=Recording(),
    )  # fmt: skip
    network, parameters = describe_network(work.make_model()), initial_parameters(work, replicas)
    assert isinstance(network, Network)
    return lambda: run_fused(network, call, parameters, threads=1).train_loss


def plain(work: Work, replicas: int, steps: int) -> Callable[[], Losses]:
    """Plain numba on one thread."""
    initial, inputs, targets = initial_parameters(work, replicas), work.dataset.inputs.numpy(), work.dataset.targets
    y = targets.flatten().numpy()
    y = y.astype(np.int32) if work.dataset.task == "multiclass" else y
    if work.batch_size is None:
        compiled = shallow_training(inputs.shape[1], work.activation, work.dataset.task)
        more: tuple[Any, ...] = (np.ascontiguousarray(inputs.T), y)
        after: tuple[Any, ...] = ()
    else:
        compiled = train_wide
        more = (inputs, y, _orders(work, replicas, steps))
        after = (make_memory((inputs.shape[1], *work.widths, work.dataset.outputs), work.batch_size),)

    def run() -> Losses:
        losses = np.full((replicas, steps), np.nan, np.float32)
        compiled(initial.copy(), *more, losses, work.lr, *after, 0, replicas)
        return losses

    return run


def _orders(work: Work, replicas: int, steps: int) -> NDArray[np.int64]:
    """R×E×N: the rows in each epoch's order."""
    rows = len(work.dataset)
    assert work.batch_size is not None
    epochs = math.ceil(steps / math.ceil(rows / work.batch_size))
    whole = epochs * math.ceil(rows / work.batch_size)
    orders = [[b for b in batch_order(rows, work.batch_size, whole, s) if b is not None] for s in range(replicas)]
    return torch.stack([torch.cat(batches) for batches in orders]).reshape(replicas, epochs, rows).numpy()


def largest_difference(work: Work, run: Callable[[], Losses], steps: int) -> float:
    """How far losses of seeds 0 and 1 are from those of `train`, while rounding has not yet grown."""
    losses = run()
    expected = [train(work.make_model, work.dataset, _seeded(work, steps, seed)).train_loss for seed in (0, 1)]
    return float(np.abs(losses[:2, :steps] - torch.stack(expected).numpy()).max())


def _seeded(work: Work, steps: int, seed: int) -> Recipe:
    return replace(work.recipe(steps), seed=seed)


def measure_work(work: Work, replicas: int, steps: int, turns: int) -> dict[str, Any]:
    """Both in turns: what each takes, and the median of the ratio within a turn."""
    runs = {"fused": fused(work, replicas, steps), "plain": plain(work, replicas, steps)}
    differences = {name: largest_difference(work, run, min(steps, 29)) for name, run in runs.items()}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for turn in range(turns):
        for name in list(runs)[:: 1 if turn % 2 == 0 else -1]:
            started = time.process_time()
            runs[name]()
            seconds[name].append(time.process_time() - started)
    each = 1e6 / (replicas * steps)
    return {
        "replicas and steps": [replicas, steps],
        "turns": turns,
        "microseconds of one core per replica and step": {
            name: {"median": each * statistics.median(taken), "least": each * min(taken)}
            for name, taken in seconds.items()
        },
        "plain divided by fused": statistics.median(b / a for a, b in zip(*seconds.values(), strict=True)),
        "largest difference of a loss from train's": differences,
    }


FIRST_CALLS = """
import json, sys, time
sys.path.insert(0, {folder!r})
from plain_numba import fused, plain, works
seconds = {{}}
for work in works():
    call = {name}(work, 2, 29)
    started = time.process_time()
    call()
    seconds[work.name] = time.process_time() - started
print(json.dumps(seconds))
"""


def first_calls() -> dict[str, Any]:
    """Processor seconds of the first call of each work in a fresh process, one work after the other, nothing cached.

    The engine compiles once for all networks. Here plain numba compiles for each kind, in each process: its cache does
    not notice a change in another file's function.
    """
    here = str(Path(__file__).resolve().parent)
    with tempfile.TemporaryDirectory() as folder:
        kept = {"NUMBA_CACHE_DIR": folder, "XDG_CACHE_HOME": folder}
        return {name: run_python(FIRST_CALLS.format(folder=here, name=name), kept) for name in ("fused", "plain")}


def measure(*, quick: bool) -> dict[str, Any]:
    """Everything, as one report."""
    sizes = [(2, 29)] * 3 if quick else [(32, 1000), (32, 1000), (16, 145)]
    with threadpool_limits(1):
        results = {
            work.name: measure_work(work, *size, 2 if quick else 41) for work, size in zip(works(), sizes, strict=True)
        }
    return {
        "question": "is plain numba with the BLAS as fast as the fused engine, which uses private parts of numba?",
        "limit": LIMIT,
        "within": all(result["plain divided by fused"] <= LIMIT for result in results.values()),
        "quick": quick,
        "versions": versions(),
        "llvm": binding.get_host_cpu_name(),
        "works": results,
        "first calls": {} if quick else first_calls(),
    }


def main() -> None:
    """Measure and print JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--quick", action="store_true", help="measure less of everything")
    parser.add_argument("--output", type=Path, help="write the JSON here, too")
    options = parser.parse_args()
    torch.set_num_threads(1)
    write_json(measure(quick=options.quick), options.output)


if __name__ == "__main__":
    main()
