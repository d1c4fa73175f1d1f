"""An executor in use: how many work for it, what all its workers share, and a new one in place of a broken one."""

import inspect
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor
from contextlib import suppress
from typing import Any

from looplab.errors import ReplicasError
from looplab.loop.surroundings import in_a_line
from looplab.sweeps.workers import Executor, Future, Workers

__all__ = ["Pool"]

_UNKNOWN_COUNT = 16
_LARGE_BYTES = 2**20
"""Fewer are sent along with each call."""
_COUNT_SECONDS = 2.0
"""How long a number of workers is taken to be right."""


class Pool:
    """The executor of some workers, made when it is first needed.

    Args:
        workers: as the caller named them.

    Attributes:
        generation: how many executors there were before this one.
    """

    def __init__(self, workers: Workers) -> None:
        self._workers = workers
        given = workers.executor
        self._make: Callable[[], Executor] | None = None if isinstance(given, Executor) else given
        self._executor: Executor | None = given if isinstance(given, Executor) else None
        self.generation = 0
        self._used: Executor | None = None
        self._shared: dict[bytes, Any] = {}
        self._count, self._counted = 0, -_COUNT_SECONDS

    def submit(self, function: Callable[..., Any], shared: bytes, *arguments: Any) -> Future:
        """Have a function called with what all workers share, and with arguments of its own.

        Raises:
            ReplicasError: the executor takes nothing any more, and there is no other.
            OSError: it cannot be reached just now.
        """
        for last in (False, True):
            executor = self._current()
            try:
                future: Future = executor.submit(function, self._sent(shared), *arguments)
            except OSError:  # a network, which may come back
                raise
            except Exception as error:
                if last or not self._replace(error):
                    raise self._refusal(error) from error
                continue
            return future
        raise AssertionError("the second time returns or raises")

    def share_anew(self) -> None:
        """Send what is shared again: the worker that had it may be the one that was lost."""
        self._shared.clear()

    def replace(self, generation: int) -> bool:
        """Give up an executor that is broken; whether there will be another. Told again of one that is gone: True."""
        return generation != self.generation or self._replace(None)

    @property
    def name(self) -> str:
        """What kind of executor it is."""
        return type(self._workers.executor if self._make is None else self._current()).__name__

    def count(self) -> int:
        """How many workers there are now."""
        if self._workers.count is not None:
            return self._workers.count
        if time.monotonic() >= self._counted + _COUNT_SECONDS:
            self._count, self._counted = _counted(self._current()), time.monotonic()
        return self._count

    def close(self) -> None:
        """Shut down an executor of its own making."""
        if self._make is not None and self._executor is not None:
            shutdown = getattr(self._executor, "shutdown", None)
            if callable(shutdown):
                takes = inspect.signature(shutdown).parameters
                shutdown(**{name: name == "cancel_futures" for name in ("wait", "cancel_futures") if name in takes})
        self._executor = None if self._make is not None else self._executor

    def _current(self) -> Executor:
        if self._executor is None:
            assert self._make is not None
            self._executor = self._make()
            if not isinstance(self._executor, Executor):
                raise ReplicasError(
                    "executor", expected="a function that makes an executor", got=f"one that made {self._executor!r}"
                )
        if self._used is None:
            self._used = _as_executor(self._executor)
        return self._used

    def _replace(self, error: Exception | None) -> bool:
        """Forget an executor that takes nothing any more."""
        if self._make is None or (error is not None and not isinstance(error, BrokenExecutor | RuntimeError)):
            return False
        with suppress(Exception):  # what is broken may not even be shut down
            self.close()
        self._executor = self._used = None
        self._shared.clear()
        self.generation += 1
        return True

    def _sent(self, shared: bytes) -> Any:
        """What stands for the shared bytes in a call: a handle, where the executor knows of such; else themselves."""
        share = getattr(self._used, "share", None)
        if share is None or len(shared) < _LARGE_BYTES:
            return shared
        if shared not in self._shared:
            self._shared[shared] = share(shared)
        return self._shared[shared]

    def _refusal(self, error: Exception) -> ReplicasError:
        return ReplicasError(
            "executor",
            expected="one that takes work",
            got=in_a_line(error),
            fix="Give a function that makes an executor, so that another can take a broken one's place: "
            "executor=lambda: ProcessPoolExecutor(4).",
        )


class _DaskExecutor:
    """dask's client as an executor.

    What all workers share goes along with each call. dask could scatter it, but whatever was scattered to a worker is
    lost with that worker, and all calls that wait for it.
    """

    def __init__(self, client: Any) -> None:
        self._client, self._executor = client, client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """See `Executor`."""
        return self._executor.submit(function, *arguments)

    @property
    def num_workers(self) -> int:
        """How many threads work in the cluster now."""
        return sum(self._client.nthreads().values())


def _as_executor(executor: Executor) -> Executor:
    is_dask = all(hasattr(executor, name) for name in ("get_executor", "scatter", "nthreads"))
    return _DaskExecutor(executor) if is_dask else executor


def _counted(executor: Executor) -> int:
    for name in ("num_workers", "_max_workers"):
        with suppress(Exception):  # an executor of somebody else's, which may not be ready to say
            count = int(getattr(executor, name))
            if count > 0:
                return count
    return _UNKNOWN_COUNT
