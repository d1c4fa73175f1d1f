"""Stands between the process that judges and the one in which a learner's file runs, so that nothing outlives a check.

Run as a script, before anything else is loaded. On Linux it becomes the parent of whatever the file leaves behind,
however that hides: it ends all of it once the file's process has ended, and when the judging process does.
"""

import ctypes
import os
import signal
import sys
from contextlib import suppress
from typing import NoReturn

__all__ = ["main"]

_ADOPT, _SIGNAL_OF_PARENT_DEATH = 36, 1  # of prctl


def main() -> None:
    """Run the code that the first argument holds in a process below this one, and end as that does."""
    code = sys.argv.pop(1)
    if sys.platform.startswith("linux"):
        judge, supervisor = os.getppid(), os.getpid()
        _prctl(_ADOPT, 1)
        signal.signal(signal.SIGTERM, lambda *_: _end())
        _prctl(_SIGNAL_OF_PARENT_DEATH, int(signal.SIGTERM))
        answer = os.fork()
        if answer:
            _supervise(answer, judge)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _prctl(_SIGNAL_OF_PARENT_DEATH, int(signal.SIGKILL))
        if os.getppid() != supervisor:  # it has ended before there could be a signal
            os._exit(1)
    exec(compile(code, "<start>", "exec"), {"__name__": "__main__"})  # noqa: S102 - ours


def _supervise(answer: int, judge: int) -> NoReturn:
    nothing = os.open(os.devnull, os.O_RDWR)
    for handle in (0, 1):  # the pipes belong to the other process alone
        os.dup2(nothing, handle)
    if os.getppid() != judge:
        _end()
    status = None
    while status is None:
        process, ended = os.wait()  # adopted ones, too
        status = ended if process == answer else None
    _end(os.waitstatus_to_exitcode(status))


def _end(code: int = 1) -> NoReturn:
    """End all that is left below this process, and then this process as the answer's did."""
    with suppress(ChildProcessError):  # none is left
        while True:
            for child in _children():
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
            os.wait()
    if code < 0:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the answer's crash is not worth a core dump of this process
        with suppress(OSError, ValueError):
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code if code >= 0 else 1)


def _children() -> list[int]:
    """Those of this process; those of its children become its own when these end."""
    found = []
    for name in os.listdir("/proc"):  # noqa: PTH208 - nothing is loaded here that need not be
        with suppress(OSError, ValueError, IndexError):
            with open(f"/proc/{int(name)}/stat", "rb") as file:  # noqa: PTH123
                parent = file.read().rpartition(b")")[2].split()[1]
            if int(parent) == os.getpid():
                found.append(int(name))
    return found


def _prctl(what: int, value: int) -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(what, value, 0, 0, 0)


if __name__ == "__main__":
    main()
