"""A new table's columns, read as in training; what could not be read, or was missing, is counted and reported."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.preparation import Preparation
from looplab.data.options import ReadOptions
from looplab.data.readings.dates import DateReading, formats_of
from looplab.data.readings.number import NumberReading
from looplab.data.readings.reading import ReadColumn, Reading
from looplab.data.words import few, printable
from looplab.errors import CompareError

__all__ = ["Reread", "reread"]

_FEWEST_UNSEEN = 5  # with this many values, a column is refused if most are new categories
_FIRST_LOOK = 100  # different values that show the format of dates

Masks = dict[str, NDArray[np.bool_]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Reread:
    """A new table as a model sees it.

    Attributes:
        columns: what `Preparation.apply` takes.
        warnings: what was replaced, one sentence per reason, with counts by column.
        replaced: for each row, the columns whose value was replaced: by the median, or by no category.
    """

    columns: pd.DataFrame
    warnings: tuple[str, ...]
    replaced: list[str]


def reread(
    frame: pd.DataFrame, readings: Mapping[str, Reading], preparation: Preparation, options: ReadOptions
) -> Reread:
    """Read a table's columns as in training.

    Args:
        frame: the table as its source has it.
        readings: those of training, by column.
        preparation: what was learnt about the columns.
        options: signs and formats in which this table differs from that of training.

    Raises:
        CompareError: a column is missing, or most of it cannot be read as in training.
    """
    read: dict[str, ReadColumn] = {}
    for name in preparation.names:
        if name not in frame.columns:
            raise CompareError(
                f"column '{printable(name)}'",
                expected="to be in the table, as it was in training",
                got=few(frame.columns),
                fix="Add it, or rename the column that holds it.",
            )
        read[name] = _column(frame[name], _overridden(readings[name], frame[name], options), name)
    columns = pd.DataFrame({name: column.values for name, column in read.items()}, index=frame.index)
    unseen = preparation.where_unseen(columns)
    _refuse_unknown(columns, unseen, preparation)
    unread = {name: column.unread | column.infinite for name, column in read.items()}
    missing = {name: column.missing for name, column in read.items() if name not in unseen}
    missing |= {name: read[name].missing & where for name, where in unseen.items()}
    unseen = {name: where & ~read[name].missing for name, where in unseen.items()}
    far = {number.name: number.too_far(columns[number.name].to_numpy()) for number in preparation.numbers}
    sentences = (
        _counted("values that are not read as in training", unread, read, "the median of training stands for them"),
        _counted("missing values", missing, None, "the median of training, or no category, stands for them"),
        _counted("values that training had not seen", unseen, None, "they count as no category"),
        _counted("values beyond all that training had", far, None, "they are taken as nearer"),
    )
    return Reread(
        columns=columns,
        warnings=tuple(sentence for sentence in sentences if sentence),
        replaced=_by_row(len(frame), (unread, missing, unseen, far)),
    )


def _overridden(reading: Reading, column: pd.Series, options: ReadOptions) -> Reading:
    """The reading, with the signs and the format the user gave for this table."""
    missing = (*reading.missing, *(word.lower() for word in options.missing))
    if isinstance(reading, NumberReading):
        decimal = options.decimal or reading.decimal
        thousands = options.thousands if options.thousands is not None else reading.thousands
        return replace(reading, decimal=decimal, thousands="" if thousands == decimal else thousands, missing=missing)
    if isinstance(reading, DateReading) and options.date_format is not None:
        return _with_time(replace(reading, missing=missing), column, options.date_format)
    return replace(reading, missing=missing)


def _with_time(reading: DateReading, column: pd.Series, told: str) -> DateReading:
    """The reading in the format the user told, with or without a time of day, whichever most of its dates have."""
    few_values = column.dropna().drop_duplicates().head(_FIRST_LOOK)
    others = [replace(reading, format=each) for each in formats_of(told)]
    return max(others, key=lambda each: int((~each.read(few_values).unread).sum()))


def _column(column: pd.Series, reading: Reading, name: str) -> ReadColumn:
    read = reading.read(column)
    wrong = read.unread | read.infinite
    if not wrong.any():
        return read
    row, value = read.first(wrong)
    if 2 * int(wrong.sum()) > read.known:
        raise _not_as_in_training(name, reading, row, value, f"{int(wrong.sum()):,} of {read.known:,} values are not")
    for other in reading.others():
        if not (other.read(column).unread | read.infinite).any():
            raise _not_as_in_training(name, reading, row, value, f"all values are {other.words}")
    return read


def _not_as_in_training(name: str, reading: Reading, row: int, value: str, more: str) -> CompareError:
    return CompareError(
        f"column '{printable(name)}'",
        expected=f"{printable(reading.words)}, as in training",
        got=f"'{printable(value)}' in row {row} ({printable(more)})",
        fix=_fix(reading),
    )


def _fix(reading: Reading) -> str:
    if isinstance(reading, NumberReading):
        return "Write them as in training, or say decimal= and thousands= (--decimal, --thousands) of this table."
    if isinstance(reading, DateReading):
        return "Write them as in training, or say date_format= (--date-format) of this table."
    return "Write them as in training."


def _refuse_unknown(columns: pd.DataFrame, unseen: Masks, preparation: Preparation) -> None:
    """Refuse a column most of whose values are new categories: it is another column, or written differently."""
    for text in preparation.texts:
        known = columns[text.name].notna().to_numpy()
        new = unseen[text.name] & known
        if known.sum() >= _FEWEST_UNSEEN and 2 * int(new.sum()) > int(known.sum()):
            raise CompareError(
                f"column '{printable(text.name)}'",
                expected=f"categories of training: {few(text.categories)}",
                got=f"{int(new.sum()):,} of {int(known.sum()):,} others, such as "
                f"'{printable(columns[text.name][new].iloc[0])}'",
                fix="Write them as in training.",
            )


def _counted(what: str, where: Masks, read: Mapping[str, ReadColumn] | None, then: str) -> str:
    """A sentence such as "what: 3 in 'a', 1 in 'b'; then"; none if there is nothing to report."""
    parts = []
    for name, mask in where.items():
        if mask.any():
            first = ""
            if read is not None:
                row, value = read[name].first(mask)
                first = f" (the first, '{printable(value)}', in row {row})"
            parts.append(f"{int(mask.sum()):,} in '{printable(name)}'{first}")
    return f"{what}: {', '.join(parts)}; {then}" if parts else ""


def _by_row(rows: int, masks: tuple[Masks, ...]) -> list[str]:
    names: list[list[str]] = [[] for _ in range(rows)]
    for where in masks:
        for name, mask in where.items():
            for row in np.flatnonzero(mask):
                names[row].append(name)
    return ["; ".join(each) for each in names]
