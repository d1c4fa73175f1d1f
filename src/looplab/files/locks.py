"""Locks between processes, which the system takes away from one that ends, however it ends."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from looplab.files.system_errors import as_file_error

__all__ = ["locked"]


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes out that lock the same file, until the block ends; where files have no locks, keep out none.

    Raises:
        FileError: the file cannot be made.
    """
    with as_file_error(path, expected="a file that can be written"):
        lock = path.open("a+b")
    with lock:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            with suppress(OSError):  # a file system without locks
                fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # closing the file unlocks it
