"""Which reading a column gets: from its type, or from its text, never from the target."""

import datetime
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from looplab.data.options import ReadOptions
from looplab.data.readings.boolean import BooleanReading, are_booleans
from looplab.data.readings.category import CategoryReading, label
from looplab.data.readings.cells import Cells
from looplab.data.readings.dates import (
    DATE_FORMATS,
    DAY_NUMBER,
    ClockReading,
    DateReading,
    DurationReading,
    clock_fields,
    formats_of,
)
from looplab.data.readings.number import NumberReading, written
from looplab.data.readings.reading import MARKERS, Reading
from looplab.data.readings.signs import Signs, shared_decimal
from looplab.data.words import printable
from looplab.errors import TableError
from looplab.words import kind_in_words

__all__ = ["CODE", "choose_readings"]

_SAMPLE = 2000  # the most different values that are looked at to decide
_FIRST_LOOK = 20  # this many different values that do not fit rule out a date format
_MOSTLY = 0.9  # a column is one of dates or times if this share of it reads so
_HALF = 0.5  # a column is one of numbers if more than this share of it reads so
CODE = re.compile(r"0\d+|\d{16,}", re.ASCII)
"""Digits that name something: numbers do not begin with 0, and float64 has fifteen digits."""

_DAY_SHAPE = re.compile(r"(19|20)\d{6}", re.ASCII)
_FEWEST_DAY_NUMBERS = 10

_OF_DTYPE: tuple[tuple[Callable[[Any], bool], Callable[..., Reading]], ...] = (
    (types.is_bool_dtype, BooleanReading),
    (types.is_timedelta64_dtype, DurationReading),
    (types.is_datetime64_any_dtype, DateReading),
)
_BOOLEAN = (bool, np.bool_)
_OF_TYPE: tuple[tuple[type | tuple[type, ...], Callable[..., Reading]], ...] = (
    (_BOOLEAN, BooleanReading),
    ((int, float, Decimal, np.number), NumberReading),
    ((datetime.datetime, datetime.date), DateReading),
    (datetime.timedelta, DurationReading),
    (datetime.time, ClockReading),
)


@dataclass(frozen=True, kw_only=True, eq=False)
class _Sample:
    """Different values and how often each occurs; an even selection of them if there are many."""

    cells: list[Any]
    counts: list[int]

    @classmethod
    def of(cls, cells: Cells, missing: tuple[str, ...]) -> "_Sample":
        words = frozenset(missing)
        kept = [
            place for place, cell in enumerate(cells.different) if not (isinstance(cell, str) and cell.lower() in words)
        ]
        kept = kept[:: max(1, len(kept) // _SAMPLE)]
        return cls(cells=[cells.different[place] for place in kept], counts=cells.counts[kept].tolist())

    @property
    def rows(self) -> int:
        """How many rows the sample stands for."""
        return sum(self.counts)

    def share(self, holds: Callable[[Any], bool]) -> float:
        """In what share of these rows a thing holds."""
        held = sum(number for cell, number in zip(self.cells, self.counts, strict=True) if holds(cell))
        return held / self.rows if self.rows else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class _Numbers:
    """A column of numbers in text, before it is decided what their signs mean."""

    prefix: str
    suffix: str
    signs: Signs


def choose_readings(frame: pd.DataFrame, options: ReadOptions, delimiter: str | None) -> dict[str, Reading]:
    """A reading for each column; what one column leaves open is inferred from the others.

    Raises:
        TableError: a column that can be read in two ways, or holds something that is not a value.
    """
    first = {str(name): _first_choice(frame[name], options) for name in frame.columns}
    numbers = {name: choice for name, choice in first.items() if isinstance(choice, _Numbers)}
    elsewhere = shared_decimal(choice.signs for choice in numbers.values())
    return {
        name: choice if isinstance(choice, Reading) else _decided(name, choice, elsewhere, delimiter, options)
        for name, choice in first.items()
    }


def _decided(
    name: str, numbers: _Numbers, elsewhere: str | None, delimiter: str | None, options: ReadOptions
) -> NumberReading:
    decimal, thousands = numbers.signs.decide(name, elsewhere, delimiter, options)
    return NumberReading(
        decimal=decimal,
        thousands=thousands,
        prefix=numbers.prefix,
        suffix=numbers.suffix,
        whole=numbers.signs.is_whole(decimal),
        missing=_words(options),
    )


def _first_choice(column: pd.Series, options: ReadOptions) -> "Reading | _Numbers":
    missing = _words(options)
    if isinstance(column.dtype, pd.CategoricalDtype):
        numbered = types.is_numeric_dtype(column.cat.categories.dtype)
        return CategoryReading(numbered=numbered, declared=True, missing=_said(options))
    for is_of, reading in _OF_DTYPE:
        if is_of(column.dtype):
            return reading(missing=missing)
    if types.is_numeric_dtype(column.dtype):
        return _of_numbers(_Sample.of(Cells.of(column), missing), missing)
    _require_values(column)
    sample = _Sample.of(Cells.of(column), missing)
    for kind, of_kind in _OF_TYPE:
        if sample.cells and all(_is_a(cell, kind) for cell in sample.cells):
            return _of_numbers(sample, missing) if of_kind is NumberReading else of_kind(missing=missing)
    return _of_text(str(column.name), sample, options)


def _is_a(cell: object, kind: type | tuple[type, ...]) -> bool:
    """Whether a value is of a kind; True is not a number, although Python treats it as one."""
    return isinstance(cell, kind) and (kind == _BOOLEAN or not isinstance(cell, _BOOLEAN))


def _of_text(name: str, sample: _Sample, options: ReadOptions) -> "Reading | _Numbers":
    missing = _words(options)
    texts = [cell for cell in sample.cells if isinstance(cell, str)]
    if not texts:
        return CategoryReading(missing=_said(options)) if sample.cells else NumberReading(missing=missing)
    if are_booleans({text.lower() for text in texts}) and len(texts) == len(sample.cells):
        return BooleanReading(missing=missing)
    if any(CODE.fullmatch(text) for text in texts) and sample.share(lambda cell: str(cell).isdecimal()) >= _MOSTLY:
        return CategoryReading(missing=_said(options))
    if len(texts) >= _FEWEST_DAY_NUMBERS and sample.share(_is_day_number) >= _MOSTLY:
        return _day_reading(missing)
    numbers = _numbers(sample, options)
    if numbers is not None:
        return numbers
    date = _date(name, sample, options)
    if date is not None:
        return date
    clock, duration = ClockReading(missing=missing), DurationReading(missing=missing)
    if sample.share(lambda cell: duration.value(cell) is not None) >= _MOSTLY:
        return duration
    if sample.share(lambda cell: clock.value(cell) is not None) >= _MOSTLY:
        return _of_clock(name, clock, sample)
    return CategoryReading(missing=_said(options))


def _numbers(sample: _Sample, options: ReadOptions) -> _Numbers | None:
    """The column as numbers, if more than half of it are, with the same thing before and after each."""
    affixes: Counter[tuple[str, str]] = Counter()
    typed = 0
    parts = []
    for cell, number in zip(sample.cells, sample.counts, strict=True):
        part = written(cell) if isinstance(cell, str) else None
        typed += 0 if isinstance(cell, str) else number
        if part is not None:
            parts.append(part)
            affixes[part.prefix, part.suffix] += number
    if not affixes:
        return None
    (prefix, suffix), most = affixes.most_common(1)[0]
    if most < _MOSTLY * affixes.total() or most + typed <= _HALF * sample.rows:
        return None
    signs = Signs.of((part.body for part in parts if (part.prefix, part.suffix) == (prefix, suffix)), options)
    if not signs.possible:
        return None
    decimal, thousands = signs.possible[0]
    first = NumberReading(decimal=decimal, thousands=thousands, prefix=prefix, suffix=suffix)
    if sample.share(lambda cell: first.value(cell) is not None) <= _HALF:
        return None
    return _Numbers(prefix=prefix, suffix=suffix, signs=signs)


def _date(name: str, sample: _Sample, options: ReadOptions) -> DateReading | None:
    """The one format that most values have; day and month must be unambiguous."""
    first = sample.cells[:: max(1, len(sample.cells) // _FIRST_LOOK)]
    if not any(letter.isdecimal() for cell in first for letter in str(cell)):
        return None
    if options.date_format is not None:
        told = _fitting(first, sample, formats_of(options.date_format), options)
        if told:
            return told[0]
    fitting = _fitting(first, sample, DATE_FORMATS, options)
    for other in fitting[1:]:
        differing = [cell for cell in sample.cells if fitting[0].value(cell) != other.value(cell)]
        if differing:
            raise _ambiguous_date(name, differing[0], fitting[0], other, options)
    return fitting[0] if fitting else None


def _fitting(first: list[Any], sample: _Sample, formats: tuple[str, ...], options: ReadOptions) -> list[DateReading]:
    """Those formats that most values have, if any fits nearly all."""
    shares: dict[DateReading, float] = {}
    for each in formats:
        reading = DateReading(format=each, missing=_words(options))
        if sum(reading.value(cell) is not None for cell in first) >= _HALF * len(first):
            shares[reading] = sample.share(lambda cell, reading=reading: reading.value(cell) is not None)  # type: ignore[misc]
    best = max(shares.values(), default=0.0)
    return [reading for reading, share in shares.items() if share == best] if best >= _MOSTLY else []


def _ambiguous_date(
    name: str, example: object, one: DateReading, other: DateReading, options: ReadOptions
) -> TableError:
    fix = f"Say date_format='{one.format}' (--date-format '{one.format}') or '{other.format}'."
    if options.date_format is not None:  # another column has the format that was told
        fix = (
            f"Write the dates as in the other columns, or say drop=['{printable(name)}'] (--drop '{printable(name)}')."
        )
    return TableError(
        f"column '{printable(name)}'",
        expected="dates that can be read in one way",
        got=f"'{printable(example)}', which may be {one.format} or {other.format}",
        fix=fix,
    )


def _of_clock(name: str, clock: ClockReading, sample: _Sample) -> ClockReading:
    """The clock that all times have; raises `TableError` if some have seconds, so that 59:30 may be two things."""
    fields = {clock_fields(cell): str(cell) for cell in reversed(sample.cells) if clock_fields(cell)}
    if len(fields) > 1:
        shown = printable(name)
        raise TableError(
            f"column '{shown}'",
            expected="times that can be read in one way",
            got=f"'{fields[3]}' beside '{fields[2]}', which may be hours and minutes, or minutes and seconds",
            fix=f"Write all with hours, minutes and seconds, or say drop=['{shown}'] (--drop '{shown}').",
        )
    return replace(clock, fields=next(iter(fields), 0))


def _of_numbers(sample: _Sample, missing: tuple[str, ...]) -> Reading:
    """A column of typed numbers: of days such as 20260131 if all of many are, else of numbers."""
    if len(sample.cells) >= _FEWEST_DAY_NUMBERS and all(_is_day_number(cell) for cell in sample.cells):
        return _day_reading(missing)
    return NumberReading(whole=all(label(cell).lstrip("-").isdecimal() for cell in sample.cells), missing=missing)


def _is_day_number(cell: object) -> bool:
    return _DAY_SHAPE.fullmatch(label(cell)) is not None and _day_reading(()).value(cell) is not None


def _day_reading(missing: tuple[str, ...]) -> DateReading:
    return DateReading(format=DAY_NUMBER, missing=missing)


def _require_values(column: pd.Series) -> None:
    if not types.is_object_dtype(column.dtype):
        return
    nested = next((cell for cell in column if isinstance(cell, list | dict | set | tuple | np.ndarray)), None)
    if nested is not None:
        raise TableError(
            f"column '{printable(column.name)}'",
            expected="one value a row",
            got=kind_in_words(nested),
            fix=f"Flatten it, or say drop=['{printable(column.name)}'] (--drop '{printable(column.name)}').",
        )


def _words(options: ReadOptions) -> tuple[str, ...]:
    """Words that mean "missing" in columns other than categories, in lower case."""
    return (*MARKERS, *_said(options))


def _said(options: ReadOptions) -> tuple[str, ...]:
    return tuple(word.lower() for word in options.missing)
