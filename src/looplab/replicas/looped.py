"""The backend `loop`: `train` itself, one replica after the other, in worker processes where that pays.

It trains whatever `train` trains: recurrent networks, batch norm, noise, hooks, functions with a backward pass of their
own, models that keep a state. Each replica is computed on one thread, so that results depend neither on the number of
workers nor on whether there are any; they are those of `train` to the bit where torch has one thread, or where the
tensors are too small for torch to share out a sum.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import torch

from looplab.errors import ModelError
from looplab.loop import LOSSES, OPTIMIZERS, SCHEDULES
from looplab.loop.checks import made_model
from looplab.loop.progress import reporting_to
from looplab.loop.surroundings import fresh_state
from looplab.replicas.architecture import Architecture
from looplab.replicas.call import Call
from looplab.replicas.initial import FirstModel, require_new_values
from looplab.replicas.plan import Float32, Trained
from looplab.replicas.pool import WorkersError, train_in_workers, worker_count
from looplab.replicas.solo import Replica, train_replica

__all__ = ["planned_workers", "run_looped"]

_START_SECONDS = 10.0
"""Work that takes longer than this in one process is worth the seconds in which workers start."""


_SECONDS_OF_A_START = 5.0
"""What workers take until they have loaded torch, at a guess."""


def planned_workers(first: FirstModel, seconds_alone: float, left: int, threads: int | None) -> tuple[int, float]:
    """How many processes `run_looped` will share work out to, and the seconds in which they start.

    Args:
        first: the model of the first seed.
        seconds_alone: what the work takes in this process.
        left: how many replicas there are to share out.
        threads: the largest number of worker processes; None for one a core.
    """
    elsewhere = seconds_alone > _START_SECONDS and _why_here(first) is None
    workers = min(worker_count(threads), left) if elsewhere else 1
    return (workers, _SECONDS_OF_A_START) if workers > 1 else (1, 0.0)


def run_looped(
    call: Call, first: FirstModel, *, threads: int | None, on_progress: Callable[[int], None]
) -> tuple[Trained, str]:
    """Train the replicas one by one, the first in this process: it shows how long they take.

    Args:
        call: the data, and how to train each replica.
        first: the model of the first seed.
        threads: the largest number of worker processes; None for one a core.
        on_progress: told now and then how many of the R×T updates are done.

    Returns:
        What became of them, and where they were trained, in words.

    Raises:
        ModelError: what `train` says of a model.
        ReplicasError: a worker was ended from outside, as for want of memory.
        KeyboardInterrupt: the user interrupted; workers are ended.
    """
    loop = _Loop(call, Architecture(first.original), on_progress)
    if len(call) > 1:
        _require_new_models(call, first)
    started = time.perf_counter()
    loop.train_here([0])
    left = range(1, len(call))
    seconds = (time.perf_counter() - started) * len(left)
    why_here = _why_here(first) if seconds > _START_SECONDS else "which is soon done"
    workers, _ = planned_workers(first, seconds, len(left), threads)
    place = f"in this process{f', {why_here}' if why_here else ''}"
    if workers > 1:
        try:
            loop.train_elsewhere(left, workers)
            place = f"in {workers} worker processes"
        except WorkersError as error:
            place = f"in this process, because {error.reason}"
    loop.train_here([replica for replica in left if replica not in loop.trained])
    return loop.all(), place


class _Loop:
    """The replicas of a call, of which more and more are trained."""

    def __init__(self, call: Call, architecture: Architecture, on_progress: Callable[[int], None]) -> None:
        self._call, self._architecture, self._on_progress = call, architecture, on_progress
        self.trained: dict[int, Replica] = {}

    def train_here(self, replicas: Sequence[int]) -> None:
        """Train these replicas in this process, one after the other."""
        for replica in replicas:
            done = len(self.trained) * self._call.steps
            with reporting_to(lambda steps, done=done: self._on_progress(done + steps)):  # type: ignore[misc]
                self.trained[replica] = train_replica(self._call, replica, self._architecture)
            self._tell()

    def train_elsewhere(self, replicas: Sequence[int], workers: int) -> None:
        """Train these replicas in worker processes."""
        results = train_in_workers(self._call, replicas, self._architecture, workers)
        try:
            for some in results:
                self.trained.update(some)
                self._tell()
        finally:
            results.close()

    def all(self) -> Trained:
        """All replicas together, in order."""
        rows = [self.trained[replica] for replica in range(len(self._call))]
        validation = [row.validation_loss for row in rows if row.validation_loss is not None]
        attributes = tuple(row.attributes for row in rows)
        way = self._call.waypoints > 0
        return Trained(
            parameters=np.stack([row.parameters for row in rows]),
            train_loss=np.stack([row.train_loss for row in rows]),
            validation_loss=np.stack(validation) if self._call.validation is not None else None,
            failed=np.array([row.failed for row in rows]),
            buffers=_stacked_buffers(rows),
            attributes=attributes if any(attributes) else (),
            steps=np.array([row.steps for row in rows], np.int64),
            kept_step=np.array([row.kept_step for row in rows], np.int64),
            train_metrics=_stacked([row.train_metrics for row in rows]),
            validation_metrics=_stacked([row.validation_metrics for row in rows]),
            trajectory=np.stack([row.trajectory for row in rows if row.trajectory is not None]) if way else None,
        )

    def _tell(self) -> None:
        self._on_progress(len(self.trained) * self._call.steps)


def _stacked(metrics: Sequence[Mapping[str, Float32]]) -> dict[str, Float32]:
    """The values of each metric, a row for each replica."""
    return {name: np.stack([row[name] for row in metrics]) for name in metrics[0]}


def _stacked_buffers(rows: Sequence[Replica]) -> dict[str, torch.Tensor]:
    """The buffers of all replicas by name, which must be of one shape."""
    kinds = [{name: (tensor.shape, tensor.dtype) for name, tensor in row.buffers.items()} for row in rows]
    for replica, kind in enumerate(kinds):
        if kind != kinds[0]:
            raise ModelError(
                "buffers of the model",
                expected="buffers of the same names, shapes and types in every replica",
                got=f"other ones in replica {replica} than in replica 0",
            )
    return {name: torch.stack([row.buffers[name] for row in rows]) for name in kinds[0]}


def _why_here(first: FirstModel) -> str | None:
    """Why the replicas have to be trained in this process, in words; None if they need not."""
    if OPTIMIZERS.has_guests or LOSSES.has_guests or SCHEDULES.has_guests:
        return "the only one that knows what was registered here"
    if any(parameter.device.type != "cpu" for parameter in first.original.parameters()):
        return "which holds the GPU"
    return None


def _require_new_models(call: Call, first: FirstModel) -> None:
    """Raise an error where `make_model` returns one model again and again, with what it has learned."""
    seed = call.seeds[min(1, len(call.seeds) - 1)]
    with fresh_state(seed):
        if made_model(call.make_model) is first.original:
            require_new_values(call.make_model, first.original, seed)
