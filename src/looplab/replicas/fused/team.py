"""Threads that share out the replicas: whoever is free takes the next few."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue

import numpy as np

from looplab.replicas.fused.arguments import packed
from looplab.replicas.fused.compiled import compiled_training
from looplab.replicas.fused.layout import Layout
from looplab.replicas.plan import Float32, Int64, Network, Problem, Settings, Trained

__all__ = ["InitialParameters", "Team"]

InitialParameters = Float32 | Callable[[int, int], Float32]

_WAIT_SECONDS = 0.05
_SHARES_PER_THREAD = 8
_LARGEST_SHARE = 256


class Team:
    """Threads, each with memory of its own, that train the replicas of one call."""

    def __init__(
        self, network: Network, problem: Problem, settings: Settings, parameters: Float32, threads: int | None
    ) -> None:
        self._train = compiled_training()
        layout = Layout(network, problem, settings)
        self._threads = min(threads or available_cores(), max(settings.replicas, 1))
        self._settings, self._parameters = settings, parameters
        self._validated = problem.validation_inputs is not None
        self._shape, self._data = layout.shape(), layout.data()
        self._replicas = layout.replicas(parameters)
        self._scratches = [layout.scratch() for _ in range(self._threads)]
        self._words = [packed(group) for group in (self._shape, self._data, self._replicas)]
        self._free: SimpleQueue[Int64] = SimpleQueue()
        for scratch in self._scratches:
            self._free.put(packed(scratch))

    def run(self, initial: InitialParameters, on_progress: Callable[[int], None], cancel: threading.Event) -> Trained:
        """Train all replicas; see `run_fused`."""
        replicas = self._settings.replicas
        share = max(1, min(_LARGEST_SHARE, replicas // (_SHARES_PER_THREAD * self._threads)))
        pool = ThreadPoolExecutor(self._threads, "looplab-replicas")
        try:
            pending: set[Future[None]] = set()
            for start in range(0, replicas, share):
                stop = min(start + share, replicas)
                self._parameters[start:stop] = initial(start, stop) if callable(initial) else initial[start:stop]
                pending.add(pool.submit(self._train_share, start, stop))
                if len(pending) >= 4 * self._threads:
                    pending = self._wait(pending, on_progress, cancel)
            while pending:
                pending = self._wait(pending, on_progress, cancel)
        finally:
            self._stop()
            pool.shutdown(cancel_futures=True)
        return self._result()

    def _train_share(self, start: int, stop: int) -> None:
        scratch = self._free.get()
        try:
            shape, data, replicas, memory = (words.ctypes.data for words in (*self._words, scratch))
            failure = self._train(shape, data, replicas, memory, start, stop)
            assert failure == 0, failure
        finally:
            self._free.put(scratch)

    def _wait(
        self, pending: set[Future[None]], on_progress: Callable[[int], None], cancel: threading.Event
    ) -> set[Future[None]]:
        done, left = wait(pending, _WAIT_SECONDS, return_when=FIRST_COMPLETED)
        for share in done:
            share.result()
        if cancel.is_set():
            raise KeyboardInterrupt
        on_progress(sum(int(scratch.done[0]) for scratch in self._scratches))
        return left

    def _stop(self) -> None:
        for scratch in self._scratches:
            scratch.stop[0] = 1

    def _result(self) -> Trained:
        losses = (self._settings.replicas, self._settings.records)
        return Trained(
            parameters=self._parameters,
            train_loss=self._replicas.train_loss.reshape(losses),
            validation_loss=self._replicas.validation_loss.reshape(losses) if self._validated else None,
            failed=self._replicas.failed.astype(np.bool_),
        )


def available_cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
