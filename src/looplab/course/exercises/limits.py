"""Running a learner's code with a limit on time and memory, in this process.

In the main thread a timer's signal looks at clock and memory twenty times a second and raises in the middle of the
learner's code. Elsewhere, and on Windows, the code runs in a thread into which the exception is thrown. Neither can
stop a single call into C that does not return; `check_file` can, since it ends the whole process.
"""

import ctypes
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

__all__ = [
    "MEMORY_LIMIT_BYTES",
    "LimitReached",
    "MemoryLimitReached",
    "StopPressed",
    "TimeLimitReached",
    "run_limited",
]

MEMORY_LIMIT_BYTES = 2 * 2**30
_THREADS_BYTES = 2**30  # address space that PyTorch's own threads may take besides
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 1.0
_PROCESS = Path("/proc/self/statm")


class LimitReached(BaseException):
    """Not an Exception, so that the learner's `except Exception` does not swallow it."""


class TimeLimitReached(LimitReached):
    """The learner's code took too long."""


class MemoryLimitReached(LimitReached):
    """The learner's code took too much memory."""


class StopPressed(BaseException):
    """The learner pressed the stop button or Ctrl-C, which is not the same as code that raises KeyboardInterrupt."""


def run_limited(body: Callable[[], None], *, seconds: float, memory_bytes: int) -> None:
    """Run the body; raise `TimeLimitReached` or `MemoryLimitReached` in it when it takes more than that.

    Raises:
        StopPressed: the learner interrupted it.
        BaseException: whatever the body raises.
    """
    deadline, ceiling = time.monotonic() + seconds, _memory_bytes() + memory_bytes

    def look() -> type[LimitReached] | None:
        if time.monotonic() > deadline:
            return TimeLimitReached
        return MemoryLimitReached if _memory_bytes() > ceiling else None

    in_main_thread = threading.current_thread() is threading.main_thread()
    with _largest_allocation(memory_bytes + _THREADS_BYTES):
        if in_main_thread and hasattr(signal, "setitimer"):
            _run_with_timer(body, look)
        else:
            _run_in_thread(body, look)


def _run_with_timer(body: Callable[[], None], look: Callable[[], type[LimitReached] | None]) -> None:
    def on_timer(number: int, frame: FrameType | None) -> None:
        reached = look()
        if reached:
            raise reached

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        raise StopPressed

    began = time.monotonic()
    handlers = signal.signal(signal.SIGALRM, on_timer), signal.signal(signal.SIGINT, on_interrupt)
    timer = signal.setitimer(signal.ITIMER_REAL, _LOOK_SECONDS, _LOOK_SECONDS)

    def put_back() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in zip((signal.SIGALRM, signal.SIGINT), handlers, strict=True):
            signal.signal(number, signal.SIG_DFL if handler is None else handler)
        if timer[0]:  # someone else's timer: what is left of it
            signal.setitimer(signal.ITIMER_REAL, max(timer[0] - (time.monotonic() - began), 0.001), timer[1])

    try:
        try:
            body()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # reached even when the timer strikes inside the inner `finally`
        put_back()


def _run_in_thread(body: Callable[[], None], look: Callable[[], type[LimitReached] | None]) -> None:
    raised: list[BaseException] = []

    def work() -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            raised.append(error)

    worker = threading.Thread(target=work, daemon=True, name="answer")
    worker.start()
    try:
        reached = None
        while worker.is_alive() and not reached:
            worker.join(_LOOK_SECONDS)
            reached = look() if worker.is_alive() else None
    except KeyboardInterrupt:
        raise StopPressed from None
    finally:
        _stop(worker)
    if reached and not raised:
        raise reached
    if raised:
        raise raised[0]


def _stop(worker: threading.Thread) -> None:
    """Throw into the worker until it ends or the time of grace is over."""
    until = time.monotonic() + _GRACE_SECONDS
    while worker.is_alive() and time.monotonic() < until:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(
            ctypes.c_ulong(worker.ident or 0), ctypes.py_object(TimeLimitReached)
        )
        worker.join(_LOOK_SECONDS)


@contextmanager
def _largest_allocation(more_bytes: int) -> Iterator[None]:
    """Let a single huge allocation fail, where the system can (Linux), instead of filling the machine."""
    if not sys.platform.startswith("linux"):
        yield
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _statm(5) + more_bytes
    limits = [limit for limit in (wanted, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _memory_bytes() -> int:
    """Memory in use now; where the system does not tell, the most there has been."""
    if _PROCESS.exists():
        return _statm(1)
    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _statm(field: int) -> int:
    """A number of /proc/self/statm, in bytes: 1 is the memory in use, 5 what is allocated."""
    import resource

    return int(_PROCESS.read_text().split()[field]) * resource.getpagesize()
