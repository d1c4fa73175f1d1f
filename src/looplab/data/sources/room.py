"""How much memory a table takes, told before it is read: a small file can unpack to more than a machine has."""

import io
import re
import zipfile
import zlib
from pathlib import Path
from typing import IO, TYPE_CHECKING
from xml.etree.ElementTree import ParseError

import psutil

from looplab.data.sources.repeats import repeated_cells
from looplab.errors import TableError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

__all__ = ["BoundedReader", "require_room", "spread_bytes", "unzipped_bytes"]

_ALWAYS_BYTES = 256 * 2**20  # what is read whatever the file's own size
_TIMES = 100  # how many times its own size a packed file may unpack to, beyond that
_CELL_BYTES = 24  # of a cell in memory, at least
_PLACE = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")
_OPEN_DOCUMENT = "content.xml"
_LONGEST_PLACE, _PART_BYTES = 16, 2**20
_SHARE = 0.5  # of the memory that is free


def require_room(path: Path, needed_bytes: int) -> None:
    """Refuse a table that would take more memory than a file of that size can honestly need, or than there is.

    Args:
        path: the file.
        needed_bytes: how much memory the table takes, at least.

    Raises:
        TableError: it takes too much.
    """
    if needed_bytes <= _ALWAYS_BYTES:
        return
    size, free = path.stat().st_size, psutil.virtual_memory().available
    shown = f"one that unpacks to {needed_bytes / 2**20:,.0f} MB"
    if needed_bytes > _TIMES * size:
        got = f"{shown}, {needed_bytes / max(size, 1):,.0f} times the size of the file"
        raise TableError(
            str(path), expected="a table", got=got, fix="If it is right, save it as CSV without packing it."
        )
    if needed_bytes > _SHARE * free:
        expected = f"a table that fits into half of the {free / 2**20:,.0f} MB of memory that are free"
        raise TableError(str(path), expected=expected, got=shown, fix="Take a part of its rows or columns.")


def unzipped_bytes(path: Path) -> int:
    """What the members of a ZIP archive unpack to; 0 for another file."""
    if not zipfile.is_zipfile(path):
        return 0
    try:
        with zipfile.ZipFile(path) as archive:
            return sum(info.file_size for info in archive.infolist())
    except (zipfile.BadZipFile, NotImplementedError):
        return 0  # whoever reads it will say what is wrong


def spread_bytes(path: Path) -> int:
    """What the cells of a spreadsheet take, at least; 0 for another file.

    Of an .xlsx file these are all cells between the first and the last of its largest sheet: two in opposite corners
    make 17 thousand million. Of an .ods file they are the cells with all repetitions.
    """
    if not zipfile.is_zipfile(path):
        return 0
    try:
        with zipfile.ZipFile(path) as archive:
            sheets = [info for info in archive.infolist() if info.filename.startswith("xl/worksheets/")]
            cells = max((_cells(archive, info) for info in sheets if not info.is_dir()), default=0)
            if _OPEN_DOCUMENT in archive.namelist():
                with archive.open(_OPEN_DOCUMENT) as content:
                    cells = max(cells, repeated_cells(content))
            return cells * _CELL_BYTES
    except (zipfile.BadZipFile, NotImplementedError, OSError, EOFError, zlib.error, RuntimeError, ParseError):
        return 0  # whoever reads it will say what is wrong


def _cells(archive: zipfile.ZipFile, sheet: zipfile.ZipInfo) -> int:
    """The number of rows times that of columns, by the names of the cells."""
    columns, last_row, rest = set(), 0, b""
    with archive.open(sheet) as file:
        while part := file.read(_PART_BYTES):
            text = rest + part
            for name, row in _PLACE.findall(text):
                columns.add(name)
                last_row = max(last_row, int(row))
            rest = text[-_LONGEST_PLACE:]
    return last_row * max(map(_column_number, columns), default=0)


def _column_number(name: bytes) -> int:
    """A is 1, AA is 27."""
    number = 0
    for letter in name:
        number = 26 * number + letter - ord("A") + 1
    return number


class BoundedReader(io.RawIOBase):
    """A packed file as it is unpacked, up to the size that is in order.

    Args:
        packed: what unpacks it.
        path: the file.
    """

    def __init__(self, packed: IO[bytes], path: Path) -> None:
        super().__init__()
        self._packed, self._path, self._count = packed, path, 0

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Read on; raises `TableError` once it is too much."""
        view = memoryview(buffer).cast("B")
        content = self._packed.read(len(view))
        view[: len(content)] = content
        before, self._count = self._count, self._count + len(content)
        if before // _ALWAYS_BYTES != self._count // _ALWAYS_BYTES:
            require_room(self._path, self._count)
        return len(content)

    def close(self) -> None:
        """Close the packed file, too."""
        self._packed.close()
        super().close()
