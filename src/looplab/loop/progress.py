"""A progress bar for work that takes over a second, where a terminal is there to show it."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["ProgressBar", "listener", "reporting_to"]

_PATIENCE_SECONDS = 1.0
_REFRESH_SECONDS = 0.1

_listener: ContextVar[Callable[[int], None] | None] = ContextVar("listener", default=None)


class ProgressBar:
    """A bar on stderr that appears once the work has lasted a second; without a terminal it never does.

    Use it as a context manager and tell it how much is done as often as you like: an update costs well under 1 µs.
    """

    def __init__(self, total: int, what: str = "training") -> None:
        self._total, self._what = total, what
        self._bar: Progress | None = None
        self._next = time.perf_counter() + _PATIENCE_SECONDS if sys.stderr.isatty() else float("inf")

    def __enter__(self) -> "ProgressBar":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: int) -> None:
        """Say that so many of the total are done."""
        now = time.perf_counter()
        if now < self._next:
            return
        self._next = now + _REFRESH_SECONDS
        if self._bar is None:
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TimeRemainingColumn(),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.add_task(self._what, total=self._total)
            self._bar.start()
        self._bar.update(self._bar.task_ids[0], completed=done)


def listener() -> Callable[[int], None] | None:
    """Whom `reporting_to` has told; None if this work is not part of a larger one."""
    return _listener.get()


@contextmanager
def reporting_to(told: Callable[[int], None]) -> Iterator[None]:
    """Have a training show no bar of its own and tell how many steps are done: it is part of a larger work."""
    token = _listener.set(told)
    try:
        yield
    finally:
        _listener.reset(token)
