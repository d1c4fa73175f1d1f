"""Threads that share the replicas among them: whichever is free takes the next few."""

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

import numpy as np

from looplab.replicas.call import Call
from looplab.replicas.fused.arguments import Scratch
from looplab.replicas.fused.compiled import compiled_training
from looplab.replicas.fused.layered_plan import LayeredPlan
from looplab.replicas.fused.loops import Loop, compiled_loop, in_python, python_loop
from looplab.replicas.fused.measuring import Measured, Meter
from looplab.replicas.fused.memory_plan import MemoryPlan
from looplab.replicas.plan import Floats, Network, Trained

__all__ = ["InitialParameters", "Workers"]

InitialParameters = Floats | Callable[[int, int], Floats]

_WAIT_SECONDS = 0.05
_LARGEST_SHARE = 256
_SOON_DONE = 1e7
"""Multiplications, about, up to which a call is done before threads would have started."""


class Workers:
    """Threads, each with memory of its own, that train the replicas of one call."""

    def __init__(
        self, network: Network, call: Call, parameters: Floats, statistics: Floats, threads: int | None
    ) -> None:
        self._train = None if in_python() else compiled_training(network.extent, call.number.name)
        plan = MemoryPlan(network, call) if network.is_plain else LayeredPlan(network, call)
        self._here = self._train is None or _multiplications(network, call) <= _SOON_DONE
        self._threads = 1 if self._here else min(threads or available_cores(), max(len(call), 1))
        self._call, self._parameters, self._statistics = call, parameters, statistics
        self._shape, self._data = plan.shape(), plan.data()
        self._replicas = plan.replicas(parameters, statistics)
        self._scratches = [plan.scratch() for _ in range(self._threads)]
        self._measured = Measured(call)
        self._meters: list[Meter] = []
        if call.recording.metrics:
            self._meters = [Meter(call, self._shape, each, self._measured) for each in self._scratches]
            pairs = zip(self._scratches, self._meters, strict=True)
            self._scratches = [scratch._replace(meter=meter.address) for scratch, meter in pairs]
        self._shares: SimpleQueue[tuple[int, int] | None] = SimpleQueue()  # None: there are no more

    def run(self, initial: InitialParameters, on_progress: Callable[[int], None], cancel: threading.Event) -> Trained:
        """Train all replicas; see `run_fused`."""

        def look_up() -> None:
            if cancel.is_set():
                raise KeyboardInterrupt
            if self._measured.error is not None:
                raise self._measured.error
            on_progress(sum(int(scratch.done[0]) for scratch in self._scratches))

        if self._here:
            self._train_here(initial, look_up)
        else:
            self._train_in_threads(initial, look_up)
        return self._result()

    def _train_here(self, initial: InitialParameters, look_up: Callable[[], None]) -> None:
        """In the calling thread, where a debugger stops, and where nothing has to be waited for."""
        loop = self._loop(self._scratches[0])
        for start, stop in shares(len(self._call), 1):
            self._parameters[start:stop] = initial(start, stop) if callable(initial) else initial[start:stop]
            loop(start, stop)
            look_up()

    def _train_in_threads(self, initial: InitialParameters, look_up: Callable[[], None]) -> None:
        pool = ThreadPoolExecutor(self._threads, "looplab-replicas")
        try:
            workers: list[Future[None]] = []
            for start, stop in shares(len(self._call), self._threads):
                self._parameters[start:stop] = initial(start, stop) if callable(initial) else initial[start:stop]
                self._shares.put((start, stop))
                if len(workers) < self._threads:  # starting a thread takes a while, and this share is waiting
                    workers.append(pool.submit(self._work, self._scratches[len(workers)]))
                look_up()
            self._dismiss()
            while wait(workers, _WAIT_SECONDS).not_done:
                look_up()
            look_up()
            for worker in workers:
                worker.result()
        finally:
            for scratch in self._scratches:
                scratch.stop[0] = 1
            self._dismiss()
            pool.shutdown()

    def _work(self, scratch: Scratch) -> None:
        """The work of each thread: one share after the other, until there are no more."""
        loop = self._loop(scratch)
        while (share := self._shares.get()) is not None and not scratch.stop[0]:
            loop(*share)

    def _loop(self, scratch: Scratch) -> Loop:
        """The training loop with a thread's memory."""
        if self._train is None:
            return python_loop(self._shape, self._data, self._replicas, scratch)
        return compiled_loop(self._train, self._shape, self._data, self._replicas, scratch)

    def _dismiss(self) -> None:
        for _ in self._scratches:
            self._shares.put(None)

    def _result(self) -> Trained:
        losses = (len(self._call), self._call.records)
        way = (len(self._call), self._call.waypoints, self._parameters.shape[1])
        return Trained(
            parameters=self._parameters,
            train_loss=self._replicas.train_loss.reshape(losses),
            validation_loss=self._replicas.validation_loss.reshape(losses) if self._call.validation else None,
            failed=self._replicas.failed.astype(np.bool_),
            steps=self._replicas.made,
            kept_step=self._replicas.kept_step,
            statistics=self._statistics,
            train_metrics=self._measured.train,
            validation_metrics=self._measured.validation,
            trajectory=self._replicas.trajectory.reshape(way) if self._call.waypoints else None,
        )


def _multiplications(network: Network, call: Call) -> float:
    """About how many the products of a forward pass take, over all steps and replicas."""
    rows = np.where(call.batch_size == 0, len(call.dataset), call.batch_size).sum()
    judged = len(call) * len(call.validation or ()) / call.record_every
    return float((rows + judged) * call.steps * network.parameter_count)


def available_cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def shares(replicas: int, threads: int) -> Iterator[tuple[int, int]]:
    """Where each share of the replicas starts and stops.

    The first are small, so that nobody waits long for initial parameters, and so are the last, so that all threads end
    at about the same time.

    >>> [stop - start for start, stop in shares(64, 2)]
    [1, 1, 1, 1, 2, 3, 4, 6, 9, 9, 6, 5, 4, 3, 2, 1, 1, 1, 1, 1, 1, 1]
    """
    start = 0
    while start < replicas:
        size = max(1, min(start // threads, (replicas - start) // (2 * threads), _LARGEST_SHARE))
        yield start, start + size
        start += size
