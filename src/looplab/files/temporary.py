"""Temporary files that are to become others, and those left behind by killed processes.

A temporary file lies in the folder of the file that it is to become and is locked while its process lives: the system
takes the lock away when the process ends, however it ends. So a temporary file that can be locked belongs to nobody.
Where files have no locks (Windows), one that is a day old does.
"""

import os
import secrets
import stat
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["open_temporary", "sweep", "sweep_once"]

_PREFIX, _SUFFIX = ".looplab-", ".part"
_DAY_SECONDS = 24 * 60 * 60
_FLAGS = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) | getattr(os, "O_NOFOLLOW", 0)
_LOOK_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


def open_temporary(folder: Path, mode: int) -> tuple[int, Path]:
    """A new, locked file in a folder, open for writing: its handle and its path.

    Args:
        folder: the folder; it exists.
        mode: the permissions that it gets, less what the user's umask takes away.
    """
    while True:
        path = folder / f"{_PREFIX}{secrets.token_hex(8)}{_SUFFIX}"
        with suppress(FileExistsError):
            handle = os.open(path, _FLAGS, mode)
            _lock(handle, wait=True)
            if os.fstat(handle).st_nlink:
                return handle, path
            os.close(handle)  # another process swept it away after it was made and before it was locked


@cache
def sweep_once(folder: Path) -> None:
    """Sweep a folder unless this process has done so before."""
    sweep(folder)


def sweep(folder: Path) -> None:
    """Remove the temporary files that this user's killed processes have left in a folder."""
    with suppress(OSError):
        for path in _temporaries(folder):
            with suppress(OSError):
                _remove_if_abandoned(path)


def _temporaries(folder: Path) -> Iterator[Path]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and entry.name.endswith(_SUFFIX):
                yield Path(entry.path)


def _remove_if_abandoned(path: Path) -> None:
    handle = os.open(path, _LOOK_FLAGS)
    try:
        about = os.fstat(handle)
        if not stat.S_ISREG(about.st_mode) or about.st_uid != _user():
            return
        locked = _lock(handle, wait=False)
        if locked or (locked is None and time.time() - about.st_mtime > _DAY_SECONDS):
            path.unlink()  # while still locked: a process that has just made it finds it gone
    finally:
        os.close(handle)


def _user() -> int:
    """The user of this process; 0 on systems where files have no owner, as such files then report 0 as well."""
    geteuid: Callable[[], int] = getattr(os, "geteuid", lambda: 0)
    return geteuid()


def _lock(handle: int, *, wait: bool) -> bool | None:
    """Lock an open file: whether it is locked now; None where files have no locks."""
    if sys.platform == "win32":
        return None
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    except OSError:  # a file system without locks
        return None
    return True
