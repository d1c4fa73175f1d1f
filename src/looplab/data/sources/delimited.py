"""Text files with delimiters: what spreadsheets, databases, R, pandas and instruments write."""

import bz2
import csv
import gzip
import io
import lzma
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import IO, cast

from looplab.data.options import ReadOptions
from looplab.data.sources.archives import only_member
from looplab.data.sources.encodings import NotTextError, encoding_of_start, not_text, require_no_other_format
from looplab.data.sources.endings import ending
from looplab.data.sources.raw import RawTable
from looplab.data.sources.records import Record, table_of_records
from looplab.data.sources.room import BoundedReader
from looplab.data.words import printable
from looplab.errors import TableError

__all__ = ["open_text", "read_delimited"]

_DELIMITERS = ";\t|,"  # if several fit, the first wins: a comma may be a decimal sign, or part of names
_PEEK = 100  # this many records decide the delimiter
_FIELD_BYTES = 2**24
_OPENERS: dict[str, Callable[[Path], IO[bytes]]] = {
    "": lambda path: path.open("rb"),
    ".gz": lambda path: _bounded(cast(IO[bytes], gzip.GzipFile(path)), path),
    ".bz2": lambda path: _bounded(cast(IO[bytes], bz2.BZ2File(path)), path),
    ".xz": lambda path: _bounded(cast(IO[bytes], lzma.LZMAFile(path)), path),  # noqa: SIM115  # the caller closes it
    ".zip": lambda path: _bounded(_only_member(path), path),
}
_START = 2**12  # bytes that tell the encoding


def read_delimited(path: Path, options: ReadOptions) -> RawTable:
    """The table in a text file; delimiter, encoding and the line with the names are inferred from the file.

    Raises:
        TableError: empty, ragged, badly encoded or damaged, in a sentence that names the line.
    """
    try:
        return _read(path, options, [])
    except NotTextError as error:
        if options.encoding is not None or not error.encoding:
            raise
        return _read(path, replace(options, encoding=error.encoding), [error.note])


def _read(path: Path, options: ReadOptions, notes: list[str]) -> RawTable:
    with open_text(path, options.encoding) as file:
        delimiter, skipped = _delimiter(file, path, options.delimiter)
    with open_text(path, options.encoding) as file:
        frame = table_of_records(_records(file, delimiter, skipped, path), str(path), notes)
    return RawTable(name=_stem(path), frame=frame, notes=tuple(notes), delimiter=delimiter)


@contextmanager
def open_text(path: Path, encoding: str | None) -> Iterator[IO[str]]:
    """The text of a file, unpacked where its name ends in .gz, .bz2, .xz or .zip.

    Raises:
        TableError: bytes that are not text in the encoding, or a damaged archive.
    """
    opener = _OPENERS[ending(path)[1]]
    try:
        with opener(path) as binary:
            start = binary.read(_START)
        require_no_other_format(path, start)
        told = encoding or encoding_of_start(start)
        with opener(path) as binary, io.TextIOWrapper(binary, encoding=told, newline="") as file:
            yield file
    except UnicodeDecodeError:
        raise not_text(path, opener, told) from None
    except UnicodeError as error:  # UTF-16 without its mark
        raise TableError(str(path), expected=f"text in {told}", got=f"something else: {error}") from None
    except (gzip.BadGzipFile, lzma.LZMAError, zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, OSError) as error:
        raise TableError(str(path), expected="a file that can be read", got=f"{printable(error)}") from None


def _delimiter(file: IO[str], path: Path, told: str | None) -> tuple[str, int]:
    """The delimiter, and how many lines above the table do nothing but name it (Excel's "sep=;")."""
    text = file.read(2**20)
    first, _, _ = text.partition("\n")
    if "\0" in text:
        fix = "Is it another format, or UTF-16? Say encoding='utf-16-le' (--encoding utf-16-le) then."
        raise TableError(str(path), expected="text", got="NUL bytes", fix=fix)
    named = first.strip("\r\n ").strip('"')
    skipped = 1 if named.lower().startswith("sep=") and len(named) == len("sep=") + 1 else 0
    if told is not None:
        return told, skipped
    if skipped:
        return named[-1], skipped
    fits = {each: _fit(text, each) for each in _DELIMITERS}
    best = max(fits, key=lambda each: (fits[each][0], each != ",", fits[each][1]))
    if fits[best] > (0.0, 1):
        return best, skipped
    return (" ", skipped) if _fit(text, " ") > (0.5, 1) else (",", skipped)


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    """The largest share of the first records with the same number of fields, above 1, and that number."""
    widths: Counter[int] = Counter()
    try:
        for number, fields in enumerate(islice(_reader(io.StringIO(text), delimiter), _PEEK)):
            ended = number == 0 and len(fields) > 1 and not fields[-1]  # names may end with a delimiter, rows without
            if not ended and any(field.strip() for field in fields):
                widths[len(fields)] += 1
    except csv.Error:
        widths[0] += 1  # a record that does not fit, beside those read until then
    several = {width: number for width, number in widths.items() if width > 1}
    if not several:
        return 0.0, 1
    usual = max(several, key=lambda width: (several[width], width))
    return several[usual] / widths.total(), usual


def _reader(file: IO[str], delimiter: str) -> "csv._reader":  # type: ignore[name-defined]  # csv's own name for it
    csv.field_size_limit(_FIELD_BYTES)
    return csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True)


def _records(file: IO[str], delimiter: str, skipped: int, path: Path) -> Iterator[Record]:
    for _ in range(skipped):
        file.readline()
    reader = _reader(file, delimiter)
    try:
        for fields in reader:
            yield Record(reader.line_num + skipped, fields)
    except csv.Error as error:
        place = f"{path}, line {reader.line_num + skipped}"
        raise TableError(place, expected="well-formed CSV", got=str(error)) from None


def _bounded(packed: IO[bytes], path: Path) -> IO[bytes]:
    return io.BufferedReader(BoundedReader(packed, path))


def _only_member(path: Path) -> IO[bytes]:
    archive = zipfile.ZipFile(path)
    return archive.open(only_member(archive, path))


def _stem(path: Path) -> str:
    name = path.name
    for suffix in reversed(ending(path)):
        name = name[: len(name) - len(suffix)] if suffix and name.lower().endswith(suffix) else name
    return name
