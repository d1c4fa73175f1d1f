"""From records, the lines of a text file or the rows of a sheet, to columns with names.

The records show where the names are: lines above them (a title, a comment, an empty line) have fewer fields. An index
written by pandas or R, and an empty column due to a delimiter at the end of each line, are left out.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import pandas as pd
import pyarrow as pa

from looplab.data.words import count, printable
from looplab.errors import TableError

__all__ = ["Record", "is_blank", "table_of_records"]

_PEEK = 200  # records that show where the names are
_CHUNK = 50_000  # records held as Python objects at a time
_NUMBER = re.compile(r"\s*[+-]?(\d+([.,]\d*)?|[.,]\d+)([eE][+-]?\d+)?\s*")


class Record(NamedTuple):
    """A record and the line or row at which it ends."""

    line: int
    fields: Sequence[Any]


class _Head(NamedTuple):
    names: list[str]
    above: list[Record]
    numbered: bool  # rows have one field more than there are names: the first one numbers or names them
    ended: bool  # only the line with the names ends with a delimiter


class _Filled:
    """Those records that hold something; the others are counted.

    Attributes:
        blank_lines: where records without any value are. Empty lines at the end are no records.
    """

    def __init__(self, records: Iterable[Record]) -> None:
        self._records = records
        self.blank_lines: list[int] = []

    def __iter__(self) -> Iterator[Record]:
        empty: list[int] = []
        for record in self._records:
            if not all(map(is_blank, record.fields)):
                self.blank_lines += empty
                empty = []
                yield record
            elif len(record.fields) > 1:
                self.blank_lines += [*empty, record.line]
                empty = []
            else:
                empty.append(record.line)

    def notes(self, after: int) -> list[str]:
        """A sentence about the blank records below a line."""
        lines = [line for line in self.blank_lines if line > after]
        return (
            [f"{count(len(lines), 'row')} without any value left out, the first in line {lines[0]}."] if lines else []
        )


def table_of_records(records: Iterable[Record], place: str, notes: list[str]) -> pd.DataFrame:
    """Columns with names.

    Args:
        records: those of a text file with the fields they have, or those of a sheet, padded to one width.
        place: the file, for messages.
        notes: receives a sentence for each thing that was left out.

    Raises:
        TableError: no names, no rows, a record with another number of fields, unnamed or repeated columns.
    """
    filled = _Filled(records)
    full = iter(filled)
    first = list(islice(full, _PEEK))
    if not first:
        raise TableError(place, expected="column names in the first line", got="an empty file or line")
    head = _find_head(first, place)
    if head.above:
        above = count(len(head.above), "line")
        notes.append(f"{above} above the column names left out, the first: '{_shown(head.above[0])}'.")
    if head.ended:
        notes.append("The delimiter at the end of the line with the names left out.")
    rest = chain(first[len(head.above) + 1 :], full)
    columns = _columns(rest, len(head.names) + head.numbered, len(head.names), place)
    notes += filled.notes(first[len(head.above)].line)
    names = head.names
    if head.numbered:
        last = columns[-1]
        if all(is_blank(value) for value in last):  # only a delimiter at the end of each row
            columns.pop()
            notes.append("The delimiter at the end of each row left out.")
        else:
            names = ["", *names]
    return _named(names, columns, place, notes)


def is_blank(field: object) -> bool:
    """Whether a field holds nothing."""
    if isinstance(field, str):
        return not field.strip()
    return field is None or field != field  # only NaN differs from itself


def _find_head(records: list[Record], place: str) -> _Head:
    widths = Counter(len(record.fields) for record in records)
    usual = max(widths, key=lambda width: (widths[width], width == len(records[0].fields)))
    at = _position_of_names(records, usual)
    above, head = records[:at], records[at]
    if at and _one_field_less(records, at, usual):
        above, head = records[: at - 1], records[at - 1]
    names = [_name(field) for field in head.fields]
    following = records[len(above) + 1 :]
    if names and names[0].startswith("#") and following and not _looks_like_values(names[1:]):
        names[0] = names[0].lstrip("# ")  # NumPy writes the names as a comment
    _refuse_values(names, following, f"{place}, line {head.line}")
    numbered = len(following) > 1 and len(names) == usual - 1 and usual > 1
    ended = len(following) > 1 and len(names) == usual + 1 and not names[-1] and usual > 1
    return _Head(names[:-1] if ended else names, above, numbered, ended)


def _position_of_names(records: list[Record], usual: int) -> int:
    """The position below all lines with fewer fields than usual, or with only the first field filled."""
    for at, record in enumerate(records):
        filled = [not is_blank(field) for field in record.fields]
        title = filled[0] and not any(filled[1:]) and at + 1 < len(records) and _filled(records[at + 1]) > 1
        comment = usual > 1 and str(record.fields[0]).startswith("#") and len(record.fields) != usual
        if len(record.fields) >= usual and not (usual > 1 and title) and not comment:
            return at
    return 0


def _one_field_less(records: list[Record], at: int, usual: int) -> bool:
    """Whether the names are one line higher: R writes one name fewer than fields, since row names have no name."""
    above = [_name(field) for field in records[at - 1].fields]
    here = [_name(field) for field in records[at].fields]
    return len(above) == usual - 1 and not _looks_like_values(above) and _looks_like_values(here)


def _looks_like_values(names: list[str]) -> bool:
    return any(_NUMBER.fullmatch(name) for name in names)


def _refuse_values(names: list[str], following: list[Record], place: str) -> None:
    """Refuse a first line that holds values: numbers with a fraction or a sign are not names, nor are repeated ones."""
    filled = [name for name in names if name]
    if not filled or not following or not all(_NUMBER.fullmatch(name) for name in filled):
        return
    if not all(name.isdecimal() for name in filled) or len(set(filled)) < len(filled):
        raise TableError(
            place,
            expected="column names",
            got=f"numbers: {', '.join(names[:4])}",
            fix="Add a line with the columns' names above the first row.",
        )


def _columns(records: Iterator[Record], width: int, named: int, place: str) -> list[Any]:
    """The columns' values; text goes into Arrow's memory, chunk by chunk."""
    chunks: list[list[Any]] = [[] for _ in range(width)]
    for chunk in iter(lambda: list(islice(records, _CHUNK)), []):
        for record in chunk:
            if len(record.fields) != width:
                raise _ragged(record, named, place)
        for column, values in zip(chunks, zip(*(record.fields for record in chunk), strict=True), strict=True):
            texts = all(isinstance(value, str) for value in values)
            column.append(pa.array(values, pa.string()) if texts else list(values))
    return [_joined(parts) for parts in chunks]


def _joined(parts: list[Any]) -> "pd.Series | list[Any]":
    if parts and all(isinstance(part, pa.Array) for part in parts):
        text: pd.Series = pa.chunked_array(parts).to_pandas()
        return text
    return [value for part in parts for value in (part.to_pylist() if isinstance(part, pa.Array) else part)]


def _ragged(record: Record, named: int, place: str) -> TableError:
    return TableError(
        f"{place}, line {record.line}",
        expected=f"{named} fields, as in the first line",
        got=str(len(record.fields)),
        fix="Put a field that contains the delimiter into double quotes.",
    )


def _named(names: list[str], columns: list[Any], place: str, notes: list[str]) -> pd.DataFrame:
    kept: dict[str, Any] = {}
    for position, (name, values) in enumerate(zip(names, columns, strict=True)):
        if not name and all(is_blank(value) for value in values):
            notes.append(f"Column {position + 1}, without a name or values, left out.")
        elif not name and position == 0 and len(values) > 1 and len(set(values)) == len(values):
            notes.append("The first column, without a name, left out: it numbers or names the rows.")
        elif not name:
            place = f"{place}, column {position + 1}"
            fix = "Name it. If the names stand in two rows, or in merged cells, write them into one row."
            raise TableError(place, expected="a name in the first line", got="none", fix=fix)
        elif name in kept:
            got = f"'{printable(name)}' more than once"
            raise TableError(place, expected="a different name for each column", got=got, fix="Rename one of them.")
        else:
            kept[name] = values
    frame = pd.DataFrame({name: pd.Series(values) for name, values in kept.items()})
    if frame.empty:
        raise TableError(place, expected="rows below the column names", got="none")
    return frame


def _name(field: object) -> str:
    if isinstance(field, float) and field.is_integer():
        return str(int(field))
    return "" if is_blank(field) else str(field).strip()


def _filled(record: Record) -> int:
    return sum(not is_blank(field) for field in record.fields)


def _shown(record: Record) -> str:
    text = ", ".join(str(field).strip() for field in record.fields if not is_blank(field))
    return printable(text if len(text) <= 40 else f"{text[:40]}…")
