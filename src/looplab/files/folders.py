"""Making folders, and syncing what they hold."""

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

from looplab.files.system_errors import as_file_error

__all__ = ["make_folder", "require_writable", "sync_folder"]

_NOTHING_TO_SYNC = (errno.EINVAL, errno.ENOTSUP, errno.EBADF)


def make_folder(folder: Path, *, permissions: int = 0o777) -> Path:
    """Make a folder, and those above it that are missing; one that is there stays as it is.

    Args:
        folder: the folder.
        permissions: what each new one gets, less what the user's umask takes away.

    Raises:
        FileError: it cannot be made, or is no folder.
    """
    with as_file_error(folder, expected="a folder that can be made and written to"):
        missing = [place for place in (folder, *folder.parents) if not _is_there(place)]
        for place in reversed(missing):
            with suppress(FileExistsError):  # it has appeared in the meantime, or is a link that leads nowhere
                place.mkdir(permissions)
            sync_folder(place.parent)
        if not stat.S_ISDIR(folder.stat().st_mode):
            raise NotADirectoryError(errno.ENOTDIR, "a file")
    return folder


def require_writable(folder: Path) -> None:
    """Find out whether files can be made in a folder: before the work that they are to hold, not after it.

    Raises:
        FileError: they cannot.
    """
    with as_file_error(folder, expected="a folder that can be written to"), tempfile.TemporaryFile(dir=folder):
        pass


def sync_folder(folder: Path) -> None:
    """Have the names in a folder written to the disk, where the system can do that.

    Raises:
        OSError: the disk fails.
    """
    if not hasattr(os, "O_DIRECTORY"):
        return
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # the folder may be writable but not readable
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOTHING_TO_SYNC:
            raise
    finally:
        os.close(handle)


def _is_there(place: Path) -> bool:
    try:
        place.stat()
    except FileNotFoundError:
        return False
    return True
