"""What a table's file leaves open, as specified by the user."""

import codecs
from dataclasses import dataclass
from typing import Any

from looplab.errors import TableError

__all__ = ["ReadOptions"]

_SIGNS = (".", ",")
_THOUSANDS = (".", ",", "'", " ")


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How to read a table where its file leaves it open; what is None or empty is inferred from the file.

    Args:
        delimiter: what separates the fields of a text file.
        encoding: that of a text file, such as "cp1252"; by default UTF-8, or UTF-16 with a byte-order mark.
        sheet: which one to read from a spreadsheet with several.
        decimal: "." or ",", the decimal sign of numbers in text.
        thousands: ",", ".", "'" or " ", the sign between thousands in text.
        date_format: that of dates in text, such as "%d/%m/%Y".
        query: what to ask of a database, such as "select * from houses".
        missing: words that mark a missing value, such as "unknown"; blanks always do.
        drop: columns to leave out.

    Raises:
        TableError: an impossible sign, encoding or format.

    >>> ReadOptions(decimal=",").decimal
    ','
    """

    delimiter: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    decimal: str | None = None
    thousands: str | None = None
    date_format: str | None = None
    query: str | None = None
    missing: tuple[str, ...] = ()
    drop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.delimiter is not None and len(self.delimiter) != 1:
            raise _impossible("delimiter", "one character", self.delimiter, "A file that ends in .tsv has tabs.")
        if self.decimal is not None and self.decimal not in _SIGNS:
            raise _impossible("decimal", "'.' or ','", self.decimal)
        if self.thousands is not None and self.thousands not in _THOUSANDS:
            raise _impossible("thousands", "',', '.', ''' or a blank", self.thousands)
        if self.thousands is not None and self.thousands == self.decimal:
            raise _impossible("thousands", "another sign than the decimal sign", self.thousands)
        if self.date_format is not None and "%" not in self.date_format:
            raise _impossible("date_format", "a format such as '%d/%m/%Y'", self.date_format)
        if self.encoding is not None and not _is_encoding(self.encoding):
            raise _impossible("encoding", "the name of an encoding, such as 'cp1252'", self.encoding)


def _impossible(option: str, expected: str, got: Any, fix: str = "") -> TableError:
    return TableError(option, expected=expected, got=repr(got), fix=fix)


def _is_encoding(name: str) -> bool:
    try:
        return bool(codecs.lookup(name)._is_text_encoding)
    except (LookupError, ValueError):
        return False
