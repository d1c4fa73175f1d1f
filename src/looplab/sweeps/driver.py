"""All groups of a call, trained in chunks by workers, and put together in the caller's order.

This process trains nothing itself. It chooses each group's backend, cuts what is left into chunks, keeps what comes
back, and joins it at the end.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from looplab.errors import CheckpointError, ModelError, ReplicasError
from looplab.files.scratch import scratch_array
from looplab.loop import AVERAGES, LOSSES, OPTIMIZERS, SCHEDULES
from looplab.loop.surroundings import in_a_line, one_thread
from looplab.replicas.backends import Order, check_fit, choose_backend
from looplab.replicas.call import Call
from looplab.replicas.collected import Done, GroupedResults, Room, collected, in_memory
from looplab.replicas.groups import Group
from looplab.replicas.initial import FirstModel, make_first_model
from looplab.replicas.looped import require_new_models
from looplab.replicas.memory import free_memory_bytes, require_memory
from looplab.replicas.needs import parameter_bytes
from looplab.replicas.results import Backend
from looplab.sweeps.chunks import Chunk, Cutter, without_overlap
from looplab.sweeps.joined import join
from looplab.sweeps.kept import KeptChunks
from looplab.sweeps.names import named_call
from looplab.sweeps.pool import Pool
from looplab.sweeps.scheduler import Job, run_jobs
from looplab.sweeps.versions import versions
from looplab.sweeps.work import UNITS, Reply, train_chunk
from looplab.sweeps.workers import Workers

__all__ = ["train_by_workers"]

_PILOTS = 32
"""How many replicas of a group are looked at to choose its backend."""
_FIRST = {"fused": 64, "vmapped": 32, "loop": 1}
_MOST_BYTES = 64 * 2**20
"""What a chunk may be when it comes back."""


def train_by_workers(
    call: Call,
    groups: Sequence[Group],
    *,
    wanted: str,
    threads: int | None,
    workers: Workers,
    folder: Path | None,
    on_progress: Callable[[int], None],
) -> GroupedResults:
    """Train the groups of a call.

    Args:
        call: all of it.
        groups: what `groups_of` made of it.
        wanted: the backend that was asked for, or "auto".
        threads: how many threads a worker trains a chunk on; None for one.
        workers: who trains.
        folder: where chunks are kept, and from where to go on; None keeps none beyond this call.
        on_progress: told now and then how many updates are done, of all groups together.

    Raises:
        ReplicasError: what cannot be sent, unlike versions, workers that are lost again and again, too little memory.
        ModelError: what `train` says of a model, or the backend that was asked for.
    """
    sweep = _Sweep(call, groups, wanted, threads, workers, folder, on_progress)
    pool = Pool(workers)
    try:
        return sweep.run(pool)
    finally:
        pool.close()


class _Sweep:
    """A call on its way."""

    def __init__(
        self,
        call: Call,
        groups: Sequence[Group],
        wanted: str,
        threads: int | None,
        workers: Workers,
        folder: Path | None,
        on_progress: Callable[[int], None],
    ) -> None:
        self._call, self._groups, self._wanted, self._workers = call, groups, wanted, workers
        self._threads, self._on_progress = threads or 1, on_progress
        _require_no_guests()
        self._firsts = [
            make_first_model(group.call.make_model, group.call.seeds[0], call.dataset.dtype) for group in groups
        ]
        self._room = self._checked_room(folder)
        self._shared = _pickled(call)
        self._key, asked = named_call(call, self._firsts, wanted)
        self._kept = KeptChunks(folder, self._key, asked)
        self._backends, self._reasons = self._chosen()
        self._cutters: list[Cutter] = []
        self._steps_done = self._altered = 0

    def run(self, pool: Pool) -> GroupedResults:
        """Train what is left, and join all."""
        trained: list[Any] = [None] * len(self._groups)
        while any(each is None for each in trained):
            self._cut()
            run_jobs(
                pool,
                train_chunk,
                self._shared,
                source=partial(self._next_job, pool),
                landed=self._landed,
                tries=self._workers.tries,
                patience=self._workers.patience_seconds,
            )
            for group in (place for place, each in enumerate(trained) if each is None):
                there = without_overlap(self._kept.chunks(group, self._backends[group]))
                trained[group] = join(len(self._groups[group].call), there, self._kept.piece, self._room)
        done = [
            Done(group=group, first=first, trained=each, backend=self._backend(place))
            for place, (group, first, each) in enumerate(zip(self._groups, self._firsts, trained, strict=True))
        ]
        return collected(self._call, done, 0.0, self._room)

    def _cut(self) -> None:
        """Find out what is left to train."""
        self._cutters, self._steps_done = [], 0
        for place, group in enumerate(self._groups):
            self._cutters.append(self._cutter(place))
            self._steps_done += (len(group.call) - self._cutters[-1].left) * group.call.steps

    def _cutter(self, place: int) -> Cutter:
        group, backend = self._groups[place].call, self._backends[place]
        return Cutter(
            place,
            len(group),
            backend,
            self._kept.chunks(place, backend),
            unit=UNITS[backend],
            first=_FIRST[backend],
            most=_MOST_BYTES // max(1, _row_bytes(group, self._firsts[place])),
            seconds=self._workers.chunk_seconds,
        )

    def _next_job(self, pool: Pool) -> Job | None:
        for cutter in self._cutters:
            chunk = cutter.next(pool.count())
            if chunk is not None:
                arguments = (self._key, versions(), chunk, self._threads)
                return Job(arguments, f"replicas {chunk.start} to {chunk.stop - 1}{self._of_group(chunk)}", chunk)
        return None

    def _of_group(self, chunk: Chunk) -> str:
        return f" of {self._groups[chunk.group].description}" if len(self._groups) > 1 else ""

    def _landed(self, job: Job, reply: Reply) -> None:
        """Keep what came back, or see what stands in its way."""
        chunk: Chunk = job.about
        if reply.error:
            raise _unpickled(reply.error)
        if chunk.backend != self._backends[chunk.group]:
            return  # of a backend that has turned out not to be the one
        if reply.unsuitable:
            self._fall_back(chunk, reply.unsuitable)
            return
        try:
            self._kept.put(chunk, reply.content)
        except CheckpointError:  # altered on its way: what is not there is cut and sent again
            self._altered += 1
            if self._altered > self._workers.tries:
                raise
            return
        self._cutters[chunk.group].took(chunk, reply.seconds)
        self._steps_done += len(chunk) * self._groups[chunk.group].call.steps
        self._on_progress(self._steps_done)

    def _fall_back(self, chunk: Chunk, reason: str) -> None:
        """Take the next backend for a group of which some replicas cannot train by the one that took it."""
        place = chunk.group
        if self._wanted != "auto":
            raise ModelError(f"backend='{chunk.backend}'", expected="replicas it can train", got=f"others: {reason}")
        order = self._pilot(place)
        order.reasons.extend([*self._reasons[place], f"not {chunk.backend}, because {reason}"])
        self._backends[place] = choose_backend(order, after=chunk.backend)
        self._reasons[place] = order.reasons
        self._kept.chose(self._backends, self._reasons)
        self._cutters[place] = self._cutter(place)

    def _chosen(self) -> tuple[list[str], list[list[str]]]:
        """Which backend trains each group, and why: as it was before, or as a few replicas of each show it."""
        for group, first in zip(self._groups, self._firsts, strict=True):
            check_fit(group.call, first)
            if len(group.call) > 1:
                require_new_models(group.call, first)
        kept = self._kept.backends
        if kept is not None and len(kept) == len(self._groups) and all(name in UNITS for name in kept):
            return kept, self._kept.reasons
        backends, reasons = [], []
        for place in range(len(self._groups)):
            order = self._pilot(place)
            with one_thread():  # as workers have it
                backends.append(choose_backend(order))
            reasons.append(order.reasons)
        self._kept.chose(backends, reasons)
        return backends, reasons

    def _pilot(self, place: int) -> Order:
        """The first replicas of a group, to choose its backend by."""
        group = self._groups[place].call
        part = group.restricted(np.arange(min(len(group), _PILOTS)), group.steps)
        first = make_first_model(part.make_model, part.seeds[0], part.dataset.dtype)
        threads = 1 if self._wanted != "vmapped" else None
        return Order(call=part, first=first, wanted=self._wanted, threads=threads, on_progress=lambda steps: None)

    def _backend(self, place: int) -> Backend:
        name = self._backends[place]
        why = "as asked for" if self._wanted != "auto" else "; ".join(self._reasons[place])
        if self._wanted == "auto" and name == "fused":
            why = "every layer has a compiled kernel"
        return Backend(name, "; ".join(filter(None, (why, "in chunks, by workers"))))

    def _checked_room(self, folder: Path | None) -> Room:
        """Where results are put together: in memory if that is large enough, else in files.

        Raises:
            ReplicasError: it is not, and there is no folder for files.
        """
        needed = sum(
            len(group.call) * _row_bytes(group.call, first)
            for group, first in zip(self._groups, self._firsts, strict=True)
        )
        needed *= 2 if len(self._groups) > 1 else 1  # once as groups, once together
        free = free_memory_bytes(torch.device("cpu"))
        if folder is None:
            require_memory(needed, torch.device("cpu"), len(self._call))
        elif free is not None and needed > free / 2:
            return partial(_in_files, folder)
        return in_memory


def _in_files(folder: Path, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> NDArray[Any]:
    array = scratch_array(folder, shape, dtype)
    if dtype.kind == "f":
        array.fill(np.nan)
    return array


def _row_bytes(call: Call, first: FirstModel) -> int:
    """What becomes of a replica, in bytes."""
    kinds = (1 if call.validation is None else 2) * (1 + len(call.recording.metrics))
    parameters = sum(parameter.numel() for parameter in first.model.parameters())
    recorded = call.records * kinds + call.waypoints * parameters
    one = parameter_bytes(call, first.model) // (len(call.seeds) + len(call))
    return one + call.number.itemsize * recorded + 64


def _pickled(call: Call) -> bytes:
    import cloudpickle

    try:
        content: bytes = cloudpickle.dumps(call)
    except Exception as error:  # the user's functions and objects, which may raise anything
        raise ReplicasError(
            "make_model",
            expected="functions and objects that can be sent to other processes",
            got=in_a_line(error),
            fix="Leave executor out, or let them hold no open files, locks or the like.",
        ) from error
    return content


def _unpickled(content: bytes) -> Exception:
    """An error that a worker has sent; it was unpickled there already."""
    import pickle

    error = pickle.loads(content)  # noqa: S301  # from a worker that runs our code, as is all that it sends
    return error if isinstance(error, Exception) else ReplicasError("a worker", got=repr(error))


def _require_no_guests() -> None:
    for registry in (AVERAGES, LOSSES, OPTIMIZERS, SCHEDULES):
        if registry.has_guests:
            raise ReplicasError(
                "executor",
                expected="optimizers, losses, schedules and averages that every process knows",
                got="one that was registered in this process",
                fix="Leave executor out, or make it a file of looplab's.",
            )
