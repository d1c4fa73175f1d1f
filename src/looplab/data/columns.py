"""Which columns of a table can be used, and what was done to them; each decision is reported.

The decisions depend on a column's own values alone, never on the target, so they may be made before rows are split into
folds. What is learnt from values (medians, categories, means) is not decided here.
"""

import re

import numpy as np
import pandas as pd

from looplab.data.read import ReadTable
from looplab.data.readings.category import CategoryReading
from looplab.data.readings.dates import ISO, ClockReading, DateReading, DurationReading
from looplab.data.readings.doubts import doubts
from looplab.data.readings.number import NumberReading
from looplab.data.readings.reading import ReadColumn, Reading
from looplab.data.words import count, printable

__all__ = ["MOST_CATEGORIES", "is_free_text", "unread_note", "usable_columns"]

MOST_CATEGORIES = 50
"""A text column with more different values than this is not a plain category."""

_FEWEST_NAMED = 10  # from this many rows on, values that all differ are names, not categories
_ALMOST_ALL = 0.8  # a small text column names the rows if more than this share of its values differ
_FEWEST_WORDS, _FIRST_LOOK = 3, 2000
_OFTEN = 0.2  # of the values of a column of categories differ
_NUMBERS_ROWS = re.compile(r"(?i:(^|[_\s.-])(id|idx|index|row|rowid|uuid|guid)|unnamed: \d+(\.\d+)?)$|[a-z](Id|ID)$")


def usable_columns(table: ReadTable, notes: list[str], *, repeated: bool = False) -> pd.DataFrame:
    """The columns a model can use: float64 with NaN for what is missing, or text with None for what is missing.

    Dates become days since 1970. Infinities, and what cannot be read among values that can, count as missing. Dropped
    are columns without values, constant ones, those that name or number the rows, and text with more than 50 different
    values.

    Args:
        table: a table without its target.
        notes: receives a sentence for each thing that was done.
        repeated: keep text with more than 50 different values if it does not name the rows, or has several words.
    """
    columns: dict[str, pd.Series] = {}
    for name, column in table.columns.items():
        reading = table.readings[name]
        notes += _reading_notes(name, column, reading)
        reason = _why_not(name, column, reading, repeated)
        if reason:
            notes.append(f"Column '{printable(name)}' dropped: {reason}.")
        else:
            columns[name] = column.values
            notes += doubts(name, column, reading)
    return pd.DataFrame(columns, index=next((column.values.index for column in table.columns.values()), None))


def _why_not(name: str, column: ReadColumn, reading: Reading, repeated: bool) -> str:
    """Why a column cannot be used, or ""."""
    values = column.values
    known, different = int(values.notna().sum()), int(values.nunique())
    if known == 0:
        return "it has no values"
    if different == 1 and known == len(values):
        value = values.iloc[0]
        return f"it is {printable(repr(value)) if isinstance(value, str) else f'{value:g}'} in every row"
    if not isinstance(reading, CategoryReading):
        numbers = isinstance(reading, NumberReading) and different == len(values) >= _FEWEST_NAMED
        return "it numbers the rows" if numbers and _NUMBERS_ROWS.search(name) and _are_whole(values) else ""
    if repeated and is_free_text(values):
        return ""
    if different > MOST_CATEGORIES and not repeated:
        return f"it is text with {different:,} different values"
    if known >= _FEWEST_NAMED and different > _ALMOST_ALL * known:
        return f"it names the rows: {different} of its {known} values are different"
    return ""


def is_free_text(values: pd.Series) -> bool:
    """Whether text has several words in most values, and too many different values for categories."""
    known = values.dropna()
    if known.nunique() <= max(MOST_CATEGORIES, _OFTEN * len(known)):
        return False
    return float(known.head(_FIRST_LOOK).astype(str).str.count(r"\S+").median()) >= _FEWEST_WORDS


def _are_whole(values: pd.Series) -> bool:
    return bool(np.equal(np.mod(values.to_numpy(), 1), 0).all())


def _reading_notes(name: str, column: ReadColumn, reading: Reading) -> list[str]:
    shown = printable(name)
    notes = []
    if isinstance(reading, DateReading):
        written = "" if reading.format == ISO else f" such as {column.first(~column.missing)[1]} ({reading.format})"
        notes.append(f"Column '{shown}' holds dates{printable(written)}: taken as days since 1970.")
    elif isinstance(reading, ClockReading):
        notes.append(f"Column '{shown}' holds times: taken as hours.")
    elif isinstance(reading, DurationReading):
        notes.append(f"Column '{shown}' holds durations: taken as days.")
    elif isinstance(reading, NumberReading) and reading.words != "numbers":
        notes.append(f"Column '{shown}' read as {printable(reading.words)}.")
    if column.marked.any():
        word = printable(column.first(column.marked)[1])
        notes.append(f"Column '{shown}': {count(int(column.marked.sum()), 'value')} such as '{word}' taken as missing.")
    if column.unread.any():
        notes.append(unread_note(name, column, reading))
    if column.infinite.any():
        infinite = count(int(column.infinite.sum()), "infinite value")
        notes.append(f"Column '{shown}': {infinite} taken as missing.")
    return notes


def unread_note(name: str, column: ReadColumn, reading: Reading) -> str:
    """A sentence about the values that could not be read."""
    row, value = column.first(column.unread)
    number = int(column.unread.sum())
    kind = "number" if isinstance(reading, NumberReading) else reading.kind
    what = f"is no {kind}" if number == 1 else f"are no {kind}s"
    return (
        f"Column '{printable(name)}': {count(number, 'value')} that {what} taken as missing, "
        f"the first, '{printable(value)}', in row {row}."
    )
