"""A progress bar for work that takes over a second, where a terminal is there to show it."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

__all__ = ["ProgressBar", "progress", "reporting_to"]

Item = TypeVar("Item")

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


def progress(items: Iterable[Item], total: int, what: str = "training") -> Iterator[Item]:
    """The same items, with a progress bar over them, or told to who asked for it with `reporting_to`."""
    listener = _listener.get()
    if listener is not None:
        for done, item in enumerate(items):
            yield item
            listener(done + 1)
        return
    with ProgressBar(total, what) as bar:
        for done, item in enumerate(items):
            yield item
            bar.update(done + 1)


@contextmanager
def reporting_to(listener: Callable[[int], None]) -> Iterator[None]:
    """Have `progress` show no bar of its own and tell how many items are done: the work is part of a larger one."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)
