"""Writing files whole, so that nobody ever reads half of one."""

import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from looplab.errors import FileError
from looplab.files.folders import make_folder, sync_folder
from looplab.files.system_errors import as_file_error
from looplab.files.temporary import open_temporary, sweep_once

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

__all__ = ["whole_file", "write_new", "write_whole"]

_EXPECTED = "a file that can be written"
_RENAMED_WHILE_OPEN = sys.platform != "win32"  # so that its lock holds until it has its name


@contextmanager
def whole_file(path: Path, *, permissions: int | None = None) -> Iterator[BinaryIO]:
    """A file to write to that takes the path's name when the block ends, and no name at all when it raises.

    Until then it lies beside the path under a temporary name, which a later write into that folder sweeps away when
    this process is killed. File and folder are synced. Folders that are missing are made.

    A new file gets the permissions that the user's umask leaves; one that replaces another gets that one's permissions,
    owner and group. A link is written through. Anything else, such as `/dev/stdout`, is written to as
    it is.

    Args:
        path: the file's name.
        permissions: what the file gets instead, whatever was there before, less what the umask takes away.

    Raises:
        FileError: the file cannot be written; what was there before is as it was.
    """
    with as_file_error(path, expected=_EXPECTED):
        before = _status(path)
        is_regular = before is None or stat.S_ISREG(before.st_mode)
        target = Path(os.path.realpath(path)) if is_regular else path
    if is_regular:
        with _on_its_way(path, target, before, os.replace, permissions) as file:
            yield file
    else:
        with _opened(path) as file:
            yield file


def write_whole(path: Path, content: str | bytes, *, permissions: int | None = None) -> Path:
    """Write a file, whole or not at all; text as UTF-8. See `whole_file`."""
    with whole_file(path, permissions=permissions) as file:
        file.write(content.encode() if isinstance(content, str) else content)
    return path


def write_new(path: Path, content: str | bytes) -> bool:
    """Write a file unless something has its name; text as UTF-8.

    Returns:
        Whether it was written: False when there is a file, a folder or a link of that name, which stays as it is.

    Raises:
        FileError: the file cannot be written.
    """
    if os.path.lexists(path):
        return False
    try:
        with _on_its_way(path, path, None, _place_new) as file:
            file.write(content.encode() if isinstance(content, str) else content)
    except FileError as error:
        if error.errno == errno.EEXIST and os.path.lexists(path):
            return False
        raise
    return True


@contextmanager
def _on_its_way(
    path: Path,
    target: Path,
    before: os.stat_result | None,
    place: Callable[[Path, Path], None],
    permissions: int | None = None,
) -> Iterator[BinaryIO]:
    """A file beside the target that is placed there when the block ends; `path` is how the user knows it."""
    with as_file_error(path, expected=_EXPECTED):
        _require_writable(target)
        make_folder(target.parent)
        sweep_once(target.parent)
        first = (0o666 if before is None else stat.S_IMODE(before.st_mode)) if permissions is None else permissions
        handle, temporary = open_temporary(target.parent, first & 0o666)
    try:
        raw = _Raw(handle, path)
        with io.BufferedWriter(raw) as file:
            try:
                yield file
                with as_file_error(path, expected=_EXPECTED):
                    if before is not None and permissions is None and sys.platform != "win32":
                        _hand_on(before, handle)
                    file.flush()
                    os.fsync(handle)
                    if _RENAMED_WHILE_OPEN:
                        place(temporary, target)
            except BaseException:
                raw.is_given_up = True
                raise
        if not _RENAMED_WHILE_OPEN:
            with as_file_error(path, expected=_EXPECTED):
                place(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    with as_file_error(path, expected=_EXPECTED):
        sync_folder(target.parent)


class _Raw(io.FileIO):
    """A file whose errors become a sentence about the path the user knows."""

    def __init__(self, handle: int, path: Path) -> None:
        super().__init__(handle, "wb")
        self._path = path
        self.is_given_up = False

    def write(self, data: "ReadableBuffer", /) -> int:
        """Write to the file, or nowhere if nobody will read it."""
        if self.is_given_up:
            return memoryview(data).nbytes
        with as_file_error(self._path, expected=_EXPECTED):
            return super().write(data)


@contextmanager
def _opened(path: Path) -> Iterator[BinaryIO]:
    """The existing non-file, open for writing."""
    with as_file_error(path, expected=_EXPECTED):
        handle = os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))
    with io.BufferedWriter(_Raw(handle, path)) as file:
        yield file


def _status(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def _require_writable(target: Path) -> None:
    """Refuse to overwrite a write-protected file, although a rename could."""
    effective = {"effective_ids": True} if os.access in os.supports_effective_ids else {}
    if target.exists() and not os.access(target, os.W_OK, **effective):
        raise PermissionError(errno.EACCES, "write-protected")


def _hand_on(before: os.stat_result, handle: int) -> None:
    """Give an open file owner, group and permissions of another, as far as this user may."""
    mode, own = stat.S_IMODE(before.st_mode) & 0o777, os.fstat(handle)
    if (own.st_uid, own.st_gid) != (before.st_uid, before.st_gid) and not _handed_over(before, handle):
        mode = mode & ~0o070 | (mode & 0o007) << 3  # another group gets no more than everybody
    os.fchmod(handle, mode)


def _handed_over(before: os.stat_result, handle: int) -> bool:
    """Hand an open file over to owner and group of another, or to its group alone; whether it has that group now."""
    for owner in (before.st_uid, -1):
        try:
            os.fchown(handle, owner, before.st_gid)
        except PermissionError:
            continue
        return True
    return False


def _place_new(temporary: Path, target: Path) -> None:
    """Give a whole file its name, unless the name is taken: a rename would write over what is there."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        target.open("xb").close()
        temporary.replace(target)
    else:
        temporary.unlink()
