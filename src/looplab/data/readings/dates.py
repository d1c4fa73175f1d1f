"""Dates, times of day and durations, in days or hours."""

import datetime
import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from looplab.data.readings.reading import Reading

__all__ = [
    "DATE_FORMATS",
    "DAY_NUMBER",
    "ISO",
    "ClockReading",
    "DateReading",
    "DurationReading",
    "clock_fields",
    "formats_of",
]

ISO = "ISO8601"
DAY_NUMBER = "%Y%m%d"

_DAYS = (
    "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y",
    "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d-%b-%y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y",
)  # fmt: skip
_MONTHS = ("%m/%Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y")
_TIMES = (
    "",
    " %H:%M",
    " %H:%M:%S",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
    ", %I:%M:%S %p",
    " %H:%M:%S.%f",
)

DATE_FORMATS: tuple[str, ...] = (ISO, *(day + time for day in _DAYS for time in _TIMES), *_MONTHS)
"""The formats by which dates in text are recognized; a column must have one of them throughout."""

_ISO_SHAPE = re.compile(r"\d{4}-\d{2}(-\d{2}([T ]\d{2}:\d{2}(:\d{2}([.,]\d+)?)?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?")
_CLOCK = re.compile(r"(\d{1,3}):([0-5]\d)(?::([0-5]\d(?:[.,]\d+)?))?( ?[AaPp]\.?[Mm]\.?)?", re.ASCII)
_DAYS_AND_CLOCK = re.compile(r"([+-]?\d+) days?(?:,? ([+-]?\d{1,2}:[0-5]\d:[0-5]\d(?:\.\d+)?))?", re.ASCII)
_ISO_DURATION = re.compile(r"-?P(?=[\dT])(\d+W)?(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+([.]\d+)?S)?)?", re.ASCII)
_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_DAY = datetime.timedelta(days=1)


def formats_of(told: str) -> tuple[str, ...]:
    """The formats of a table whose dates have the one that the user told: with and without a time of day behind it."""
    day = re.split(r"[ ,T]*%[HI]", told, maxsplit=1)[0]
    behind = (*_TIMES, *(f"T{time.strip()}" for time in _TIMES if time.startswith(" %H")))
    return tuple(dict.fromkeys((told, *(day + time for time in behind), ISO)))


@dataclass(frozen=True, kw_only=True)
class DateReading(Reading):
    """Dates as days since 1970; those without a time zone count as UTC.

    Args:
        format: that of dates in text: "ISO8601", or one for `datetime.strptime`.
    """

    kind: ClassVar[str] = "date"
    format: str = ISO

    @property
    def words(self) -> str:
        """For instance "dates such as 31.12.2025"."""
        return f"dates such as {self._example}"

    def value(self, cell: object) -> float | None:
        """Days since 1970."""
        try:
            moment = self._moment(cell)
        except (ValueError, OverflowError, pd.errors.OutOfBoundsDatetime):
            return None
        if moment is None or pd.isna(moment):
            return None
        aware = moment.tz_localize("UTC") if moment.tzinfo is None else moment
        return (aware.to_pydatetime(warn=False) - _EPOCH) / _DAY

    def typed(self, column: pd.Series) -> NDArray[np.float64] | None:
        """Columns of dates."""
        if not types.is_datetime64_any_dtype(column.dtype):
            return None
        moments = pd.to_datetime(column, utc=True).dt.as_unit("us")  # nanoseconds end in 2262
        days = moments.astype("int64").to_numpy() / (86400 * 1e6)
        return np.where(column.isna().to_numpy(), np.nan, days)

    def others(self) -> tuple[Reading, ...]:
        """The same with day and month in the other order."""
        swapped = self.format.translate({ord("d"): "m", ord("m"): "d"})
        plain = self.format != ISO and "%d" in self.format and "%m" in self.format
        return (DateReading(format=swapped, missing=self.missing),) if plain else ()

    def _moment(self, cell: Any) -> pd.Timestamp | None:
        if isinstance(cell, str):
            if self.format == ISO:
                return pd.Timestamp(cell.replace(",", ".")) if _ISO_SHAPE.fullmatch(cell) else None
            return pd.Timestamp(datetime.datetime.strptime(cell, self.format))  # this one has no time zone
        if isinstance(cell, int | float | np.number) and self.format == DAY_NUMBER:
            return self._moment(f"{cell:.0f}")
        return pd.Timestamp(cell) if isinstance(cell, datetime.date | np.datetime64) else None

    @cached_property
    def _example(self) -> str:
        moment = datetime.datetime(2025, 12, 31, 13, 30)
        return "2025-12-31" if self.format == ISO else moment.strftime(self.format)


@dataclass(frozen=True, kw_only=True)
class ClockReading(Reading):
    """Times such as 13:30, 13:30:59 or 1:30 PM, as hours.

    Args:
        fields: 2 for hours and minutes, 3 if all have seconds, too; then "59:30" is not read, which may mean minutes
            and seconds. 0 for both: times that are typed.
    """

    kind: ClassVar[str] = "clock"
    fields: int = 0

    @property
    def words(self) -> str:
        """For messages."""
        return "times such as 13:30:59" if self.fields == 3 else "times such as 13:30"

    def value(self, cell: object) -> float | None:
        """Hours."""
        if isinstance(cell, datetime.time):
            return _hours(str(cell.hour), str(cell.minute), str(cell.second + cell.microsecond / 1e6))
        match = _CLOCK.fullmatch(cell) if isinstance(cell, str) else None
        if match is None or (self.fields and clock_fields(match[0]) != self.fields):
            return None
        hours, minutes, seconds, half = match.groups()
        if half:
            if not 1 <= int(hours) <= 12:
                return None
            hours = str(int(hours) % 12 + (12 if "p" in half.lower() else 0))
        return _hours(hours, minutes, seconds or "0")


def clock_fields(text: object) -> int:
    """2 for "13:30", 3 for "13:30:59", 0 for what is no time in text."""
    match = _CLOCK.fullmatch(text) if isinstance(text, str) else None
    return 0 if match is None else 3 if match[3] else 2


def _hours(hours: str, minutes: str, seconds: str) -> float:
    return int(hours) + int(minutes) / 60 + float(seconds.replace(",", ".")) / 3600


@dataclass(frozen=True, kw_only=True)
class DurationReading(Reading):
    """Durations, typed or as pandas ("2 days 01:30:00") and ISO 8601 ("PT1H30M") write them, as days."""

    kind: ClassVar[str] = "duration"

    @property
    def words(self) -> str:
        """For messages."""
        return "durations"

    def typed(self, column: pd.Series) -> NDArray[np.float64] | None:
        """Columns of durations."""
        if not types.is_timedelta64_dtype(column.dtype):
            return None
        return np.asarray((column.dt.total_seconds() / 86400).to_numpy(dtype=np.float64, na_value=np.nan))

    def value(self, cell: object) -> float | None:
        """Days."""
        if isinstance(cell, str):
            if not (_DAYS_AND_CLOCK.fullmatch(cell) or _ISO_DURATION.fullmatch(cell)):
                return None
            cell = pd.Timedelta(cell)
        if isinstance(cell, datetime.timedelta | np.timedelta64):
            return float(pd.Timedelta(cell) / pd.Timedelta(days=1))
        return None
