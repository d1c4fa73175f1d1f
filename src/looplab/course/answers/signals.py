"""Signals that end this process: first what it has started is ended, and then they do what they do."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from looplab.course.answers.limits import StopPressed

__all__ = ["Stopping", "stopped_by_signals"]

_SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


class Stopping:
    """Which signal came, and whether it may break off what is running."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._is_put_off = False

    @contextmanager
    def put_off(self) -> Iterator[None]:
        """Let nothing break off the block."""
        before, self._is_put_off = self._is_put_off, True
        try:
            yield
        finally:
            self._is_put_off = before

    def come(self, number: int, frame: FrameType | None) -> None:
        """The handler."""
        del frame
        is_first, self.signal = self.signal is None, number
        if is_first and not self._is_put_off:
            raise StopPressed


@contextmanager
def stopped_by_signals() -> Iterator[Stopping]:
    """In the block, the signals that end a process break the block off; afterwards they end the process.

    Outside the main thread, which alone gets signals, nothing happens. A signal that is ignored stays so (nohup).
    """
    stopping = Stopping()
    if threading.current_thread() is not threading.main_thread():
        yield stopping
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    taken = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    for number in taken:
        signal.signal(number, stopping.come)
    try:
        yield stopping
    finally:
        for number, handler in taken.items():
            signal.signal(number, handler)
        if stopping.signal is not None:
            signal.raise_signal(stopping.signal)
