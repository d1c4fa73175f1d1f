"""The operating system's complaint about a file or folder, as a sentence for the user."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager

from looplab.errors import FileError, LooplabError

__all__ = ["as_file_error", "file_error"]

_NO_ROOM = "Free some space, or name a place on another disk."
_NOT_ALLOWED = "Name another folder, or change who may write there."
_FIX = {
    errno.ENOSPC: _NO_ROOM,
    errno.EDQUOT: _NO_ROOM,
    errno.EACCES: _NOT_ALLOWED,
    errno.EPERM: _NOT_ALLOWED,
    errno.EROFS: "Name a folder that is not read-only.",
    errno.EFBIG: "Raise the limit on the size of files (ulimit -f), or name a place on another disk.",
    errno.EISDIR: "Name a file in it.",
    errno.ENOTDIR: "A part of the path is a file; name a folder in its place.",
    errno.EEXIST: "A part of the path is a file; name a folder in its place.",
    errno.ELOOP: "Its links lead round in a circle; name the file itself.",
    errno.ENAMETOOLONG: "Choose a shorter name.",
    errno.ENOENT: "Look for a mistake in the path, or make the folder first.",
}


@contextmanager
def as_file_error(path: str | os.PathLike[str], *, expected: str) -> Iterator[None]:
    """Turn an error of the operating system in the block into a `FileError`.

    Args:
        path: the file or folder as the user knows it.
        expected: what it should have been, "a file that can be written".

    Raises:
        FileError: the block raises an OSError, or a ValueError because no file can have such a name.
    """
    try:
        yield
    except LooplabError:
        raise
    except OSError as error:
        raise file_error(path, error, expected=expected) from error
    except ValueError as error:  # a null byte, or a character the file system's encoding lacks
        raise FileError(os.fspath(path), expected="a name that a file can have", got=str(error)) from error


def file_error(path: str | os.PathLike[str], error: OSError, *, expected: str) -> FileError:
    """The `FileError` for an error of the operating system about a path."""
    said = error.strerror or str(error) or type(error).__name__
    got = said[:1].lower() + said[1:]
    return FileError(
        os.fspath(path), expected=expected, got=got, fix=_FIX.get(error.errno or 0, ""), number=error.errno
    )
