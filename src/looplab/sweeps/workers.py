"""Whoever computes: anything that behaves like an executor of `concurrent.futures`, and how it is used."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from looplab.errors import ReplicasError, shown
from looplab.numbers import real_number, whole_number

__all__ = ["Executor", "ExecutorLike", "Future", "Workers", "workers_of"]


class Future(Protocol):
    """What `submit` returns: one that has `add_done_callback` as well is not asked again and again."""

    def done(self) -> bool:
        """Whether `result` would return, or raise, at once."""

    def result(self) -> Any:
        """What the function returned; raises what it raised, or why it never will return anything."""


@runtime_checkable
class Executor(Protocol):
    """Calls functions elsewhere: the pools of `concurrent.futures`, clients of clusters, and the like."""

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Any:
        """Have a function called; the future of what it returns."""


@dataclass(frozen=True, eq=False)
class Workers:
    """An executor, and how work is cut for it and tried again.

    Args:
        executor: an executor; or a function that makes one, which is called again when a pool is broken, as
            `concurrent.futures.ProcessPoolExecutor` is when one of its processes is killed. What it made is shut down
            at the end.
        count: how many workers there are, so that enough work is on its way to each. None asks the executor, and
            takes 16 where it does not say.
        chunk_seconds: about what a chunk of work should take a worker.
        tries: how often a chunk is sent out before its loss is an error.
        patience_seconds: a chunk that has not come back after so long is sent out again; None waits for ever.

    Raises:
        ReplicasError: no executor, or impossible numbers.
    """

    executor: "Executor | Callable[[], Executor]"
    count: int | None = None
    chunk_seconds: float = 5.0
    tries: int = 5
    patience_seconds: float | None = None

    def __post_init__(self) -> None:
        is_class = isinstance(self.executor, type)
        if is_class or not (isinstance(self.executor, Executor) or callable(self.executor)):
            raise ReplicasError(
                "executor",
                expected="an object with a method submit, or a function that makes one",
                got=shown(self.executor),
                fix="Try concurrent.futures.ProcessPoolExecutor(4).",
            )
        for name, optional in (("count", True), ("tries", False)):
            value = getattr(self, name)
            if not (optional and value is None) and whole_number(value) < 1:
                raise ReplicasError(name, expected="a whole number, at least 1", got=shown(value))
        for name, optional in (("chunk_seconds", False), ("patience_seconds", True)):
            value = getattr(self, name)
            if not (optional and value is None) and not 0 < real_number(value) < math.inf:
                raise ReplicasError(name, expected="a number of seconds above 0", got=shown(value))


ExecutorLike = Executor | Callable[[], Executor] | Workers
"""What `executor=` takes."""


def workers_of(given: ExecutorLike) -> Workers:
    """The workers that a caller named.

    Raises:
        ReplicasError: no executor.
    """
    return given if isinstance(given, Workers) else Workers(given)
