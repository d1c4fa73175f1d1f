"""Reading what comes back from a disk: bounded before it is read, and checked against a schema before it is used."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from looplab.errors import FileError
from looplab.files.system_errors import as_file_error

__all__ = ["converted", "parsed", "read_bounded"]

T = TypeVar("T")
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def read_bounded(path: Path, *, most_bytes: int) -> bytes:
    """What a file holds.

    Args:
        path: the file. A pipe or a device is refused: it may have no end.
        most_bytes: the largest size that such a file can have; nothing of a larger one is read.

    Raises:
        FileNotFoundError: nothing has that name.
        FileError: it cannot be read, is no file, or is larger.
    """
    try:
        handle = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise
    except (OSError, ValueError):
        with as_file_error(path, expected="a file that can be read"):
            raise
    with as_file_error(path, expected="a file that can be read"), _closed(handle):
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileError(str(path), expected="a file", got="a pipe, a device or a folder")
        with os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise FileError(str(path), expected=f"a file of at most {most_bytes:,} bytes", got="a larger one")
    return content


@contextmanager
def _closed(handle: int) -> Iterator[None]:
    try:
        yield
    finally:
        os.close(handle)


def parsed(content: bytes | str, kind: type[T]) -> T:
    """The JSON in a text as an object of a kind: a msgspec struct, a dataclass, or types made of these.

    Every field must have the type that the kind gives it, no number is NaN or infinite, and the depth is limited.

    Raises:
        ValueError: it is something else; says what and where, in words that continue a sentence.
    """
    try:
        return msgspec.json.decode(content, type=kind)
    except RecursionError:
        raise ValueError("JSON that is nested too deeply") from None


def converted(value: Any, kind: type[T]) -> T:
    """The same for what was parsed already: plain lists, dictionaries, numbers and text.

    Raises:
        ValueError: as `parsed`.
    """
    try:
        return msgspec.convert(value, type=kind)
    except RecursionError:
        raise ValueError("values that are nested too deeply") from None
