"""Running a learner's code with a limit on time and memory, in this process.

In the main thread a timer's signal looks at clock and memory twenty times a second and raises in the middle of the
learner's code. Elsewhere, and on Windows, the code runs in a thread into which the exception is thrown. Neither can
stop a single call into C that does not return; `check_file` can, since it ends the whole process.

An import is never broken off: Python forgets a module that is half imported but keeps those it has imported in turn,
and from then on PyTorch, which imports parts of itself late, fails all over the process. Its time is not the learner's
either.
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
    "AnswerEnded",
    "LimitReached",
    "MemoryLimitReached",
    "StopPressed",
    "TimeLimitReached",
    "data_bytes_with",
    "run_limited",
]

MEMORY_LIMIT_BYTES = 2 * 2**30
_THREADS_BYTES = 2**30  # address space that PyTorch's own threads may take besides
_LOOK_SECONDS = 0.05
_GRACE_SECONDS = 1.0
_IMPORT_SECONDS = 60.0  # a module that takes longer is taken for the learner's, and for a loop that never ends
_IMPORT_MACHINERY = "<frozen importlib._bootstrap>"
_PROCESS = Path("/proc/self/statm")


class LimitReached(BaseException):
    """Not an Exception, so that the learner's `except Exception` does not swallow it."""


class TimeLimitReached(LimitReached):
    """The learner's code took too long."""


class MemoryLimitReached(LimitReached):
    """The learner's code took too much memory."""


class AnswerEnded(BaseException):
    """The process in which the answer runs has ended or was stopped; its text is the sentence that says why."""


class StopPressed(BaseException):
    """The learner pressed the stop button or Ctrl-C, which is not the same as code that raises KeyboardInterrupt."""


def run_limited(body: Callable[[], None], *, seconds: float, memory_bytes: int) -> None:
    """Run the body; raise `TimeLimitReached` or `MemoryLimitReached` in it when it takes more than that.

    Raises:
        StopPressed: the learner interrupted it.
        BaseException: whatever the body raises.
    """
    budget = _Budget(seconds, memory_bytes)
    in_main_thread = threading.current_thread() is threading.main_thread()
    with _largest_allocation(memory_bytes):
        if in_main_thread and hasattr(signal, "setitimer"):
            _run_with_timer(body, budget)
        else:
            _run_in_thread(body, budget)


class _Budget:
    """What the learner's code may take, as looked at every twentieth of a second."""

    def __init__(self, seconds: float, memory_bytes: int) -> None:
        self._looked = time.monotonic()
        self._seconds_left = seconds
        self._import_seconds_left = _IMPORT_SECONDS
        self._ceiling = _memory_bytes() + memory_bytes
        self.stop_pressed = False

    def overdrawn(self, frame: FrameType | None) -> type[BaseException] | None:
        """Why the code that is running at this frame must stop now, if it must."""
        looked = time.monotonic()
        since, self._looked = looked - self._looked, looked
        if self._import_seconds_left > 0 and _is_importing(frame):
            self._import_seconds_left -= since
            return None
        self._seconds_left -= since
        if self.stop_pressed:
            return StopPressed
        if self._seconds_left < 0:
            return TimeLimitReached
        return MemoryLimitReached if _memory_bytes() > self._ceiling else None


def _is_importing(frame: FrameType | None) -> bool:
    """Whether the learner's code imports; what called the check may be an import, too, and does not count.

    The frame may be that of one signal's handler, within which another signal came.
    """
    while frame and frame.f_code is not _run_with_timer.__code__:
        if frame.f_code.co_filename == _IMPORT_MACHINERY:
            return True
        frame = frame.f_back
    return False


def _run_with_timer(body: Callable[[], None], budget: _Budget) -> None:
    def on_timer(number: int, frame: FrameType | None) -> None:
        reason = budget.overdrawn(frame)
        if reason:
            raise reason

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        budget.stop_pressed = True
        on_timer(number, frame)

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
        if budget.stop_pressed:
            raise StopPressed
    finally:  # reached even when the timer strikes inside the inner `finally`
        put_back()


def _run_in_thread(body: Callable[[], None], budget: _Budget) -> None:
    raised: list[BaseException] = []

    def work() -> None:
        try:
            body()
        except BaseException as error:  # noqa: BLE001 - handed to the thread that waits
            raised.append(error)

    worker = threading.Thread(target=work, daemon=True, name="answer")
    worker.start()
    reason = None
    while worker.is_alive() and not reason:
        try:
            worker.join(_LOOK_SECONDS)
        except KeyboardInterrupt:
            budget.stop_pressed = True
        reason = budget.overdrawn(_frame_of(worker)) if worker.is_alive() else None
    _stop(worker)
    if budget.stop_pressed:
        raise StopPressed
    if reason and not raised:
        raise reason
    if raised:
        raise raised[0]


def _frame_of(thread: threading.Thread) -> FrameType | None:
    return sys._current_frames().get(thread.ident or 0)


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
    wanted = data_bytes_with(more_bytes)
    limits = [limit for limit in (wanted, soft, hard) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def data_bytes_with(more_bytes: int) -> int:
    """What `RLIMIT_DATA` must allow, on Linux, for this process to take so much more memory than now."""
    return _statm(5) + more_bytes + _THREADS_BYTES


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
