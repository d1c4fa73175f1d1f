"""The backend `loop`: `train` itself, one replica after the other, in worker processes where that pays.

It trains whatever `train` trains: recurrent networks, batch norm, noise, hooks, functions with a backward pass of their
own, models that keep a state. Each replica is computed on one thread, so that results depend neither on the number of
workers nor on whether there are any; they are those of `train` to the bit where torch has one thread, or where the
tensors are too small for torch to share out a sum.
"""

import time
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from looplab.loop import AVERAGES, LOSSES, OPTIMIZERS, SCHEDULES
from looplab.loop.checks import made_model
from looplab.loop.progress import reporting_to
from looplab.loop.surroundings import fresh_state
from looplab.replicas.architecture import Architecture
from looplab.replicas.call import Call
from looplab.replicas.initial import FirstModel, require_new_values
from looplab.replicas.kept import KeptGroup
from looplab.replicas.pieces import Piece
from looplab.replicas.plan import Trained
from looplab.replicas.pool import WorkersError, train_in_workers, worker_count
from looplab.replicas.solo import Replica, train_replica
from looplab.replicas.together import replica_of, together

__all__ = ["planned_workers", "require_new_models", "run_looped", "why_here"]

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
    elsewhere = seconds_alone > _START_SECONDS and why_here(first) is None
    workers = min(worker_count(threads), left) if elsewhere else 1
    return (workers, _SECONDS_OF_A_START) if workers > 1 else (1, 0.0)


def run_looped(
    call: Call,
    first: FirstModel,
    *,
    threads: int | None,
    on_progress: Callable[[int], None],
    kept: KeptGroup | None = None,
) -> tuple[Trained, str]:
    """Train the replicas one by one, the first in this process: it shows how long they take.

    Args:
        call: the data, and how to train each replica.
        first: the model of the first seed.
        threads: the largest number of worker processes; None for one a core.
        on_progress: told now and then how many of the R×T updates are done.
        kept: what is done of the call, and where to put what will be; None where nothing is kept.

    Returns:
        What became of them, and where they were trained, in words.

    Raises:
        ModelError: what `train` says of a model.
        ReplicasError: a worker was ended from outside, as for want of memory.
        KeyboardInterrupt: the user interrupted; workers are ended.
    """
    loop = _Loop(call, Architecture(first.original), on_progress, kept)
    if len(call) > 1:
        require_new_models(call, first)
    try:
        place = _train(loop, first, threads)
    finally:  # interrupted, too
        loop.keep()
    return loop.all(), place


def _train(loop: "_Loop", first: FirstModel, threads: int | None) -> str:
    """Train all replicas that are left; says where."""
    left = loop.left()
    started = time.perf_counter()
    loop.train_here(left[:1])
    left = left[1:]
    seconds = (time.perf_counter() - started) * len(left)
    why = why_here(first) if seconds > _START_SECONDS else "which is soon done"
    workers, _ = planned_workers(first, seconds, len(left), threads)
    place = f"in this process{f', {why}' if why else ''}"
    if workers > 1:
        try:
            loop.train_elsewhere(left, workers)
            place = f"in {workers} worker processes"
        except WorkersError as error:
            place = f"in this process, because {error.reason}"
    loop.train_here(loop.left())
    return place


class _Loop:
    """The replicas of a call, of which more and more are trained."""

    def __init__(
        self, call: Call, architecture: Architecture, on_progress: Callable[[int], None], kept: KeptGroup | None
    ) -> None:
        self._call, self._architecture, self._on_progress, self._kept = call, architecture, on_progress, kept
        self.trained: dict[int, Replica] = {}
        for piece in [] if kept is None else kept.pieces:
            for row, replica in enumerate(piece.replicas.tolist()):
                self.trained[replica] = replica_of(piece.trained, row)
        self._saved: set[int] = set()
        self._forget_underway()

    def left(self) -> list[int]:
        """The replicas that are not trained yet."""
        return [replica for replica in range(len(self._call)) if replica not in self.trained]

    def train_here(self, replicas: Sequence[int]) -> None:
        """Train these replicas in this process, one after the other."""
        for replica in replicas:
            done = len(self.trained) * self._call.steps
            underway = None if self._kept is None else self._kept.beside(replica)
            with reporting_to(lambda steps, done=done: self._on_progress(done + steps)):  # type: ignore[misc]
                self._add({replica: train_replica(self._call, replica, self._architecture, underway)})

    def train_elsewhere(self, replicas: Sequence[int], workers: int) -> None:
        """Train these replicas in worker processes."""
        underway = {} if self._kept is None else {replica: self._kept.beside(replica) for replica in replicas}
        results = train_in_workers(self._call, replicas, self._architecture, workers, underway)
        try:
            for some in results:
                self._add(some)
        finally:
            results.close()

    def all(self) -> Trained:
        """All replicas together, in order."""
        return together([self.trained[replica] for replica in range(len(self._call))])

    def keep(self) -> None:
        """Have all that is done in what a save writes."""
        if self._kept is not None and self.trained:
            replicas = sorted(self.trained)
            self._kept.pieces = [
                Piece(replicas=np.array(replicas), trained=together([self.trained[each] for each in replicas]))
            ]

    def _add(self, some: Mapping[int, Replica]) -> None:
        """Count replicas as trained, and save them where that is due."""
        self.trained.update(some)
        self._on_progress(len(self.trained) * self._call.steps)
        if self._kept is not None and self._kept.is_due():
            self.keep()
            self._kept.save()
            self._forget_underway()

    def _forget_underway(self) -> None:
        """Remove what was kept of replicas in hand that are done, and saved as such."""
        if self._kept is not None:
            for replica in self.trained.keys() - self._saved:
                self._kept.beside(replica).unlink(missing_ok=True)
            self._saved = set(self.trained)


def why_here(first: FirstModel) -> str | None:
    """Why the replicas have to be trained in this process, in words; None if they need not."""
    if any(registry.has_guests for registry in (AVERAGES, LOSSES, OPTIMIZERS, SCHEDULES)):
        return "the only one that knows what was registered here"
    if any(parameter.device.type != "cpu" for parameter in first.original.parameters()):
        return "which holds the GPU"
    return None


def require_new_models(call: Call, first: FirstModel) -> None:
    """Raise a `ModelError` where `make_model` returns one model again and again, with what it has learned."""
    seed = call.seeds[min(1, len(call.seeds) - 1)]
    with fresh_state(seed):
        if made_model(call.make_model) is first.original:
            require_new_values(call.make_model, first.original, seed)
