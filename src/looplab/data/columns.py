"""What the columns of a table are: numbers, categories, or nothing that can be used; each decision is said.

The decision depends on a column's own values alone, never on the target, so it may be made before rows are shared out
over folds. What is learnt from values (medians, categories, means) is not decided here.
"""

import numpy as np
import pandas as pd
from pandas.api import types

__all__ = ["MOST_CATEGORIES", "count", "number_or_text", "usable_columns"]

MOST_CATEGORIES = 50
"""A text column with more different values than this is dropped: it is more likely a name than a category."""

_MOSTLY = 0.9  # a text column of which this share reads as numbers (or dates) is one of numbers (or dates)


def usable_columns(frame: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """The columns that a model can use: float64 with NaN for what is missing, or text with None for what is missing.

    Dates become days since 1970. Infinities, and stray text among numbers, count as missing. Dropped are columns
    without values, constant ones, and text with more than 50 different values.

    Args:
        frame: a table without its target.
        notes: gets a sentence for each thing that was done.
    """
    columns: dict[str, pd.Series] = {}
    for name in frame.columns:
        column = number_or_text(frame[name], notes)
        if column.notna().sum() == 0:
            notes.append(f"Column '{name}' dropped: it has no values.")
        elif column.nunique() == 1 and column.notna().all():
            value = column.iloc[0]
            shown = f"'{value}'" if isinstance(value, str) else f"{value:g}"
            notes.append(f"Column '{name}' dropped: it is {shown} in every row.")
        elif column.dtype == object and column.nunique() > MOST_CATEGORIES:
            notes.append(f"Column '{name}' dropped: it is text with {column.nunique():,} different values.")
        else:
            columns[str(name)] = column
    return pd.DataFrame(columns, index=frame.index)


def number_or_text(column: pd.Series, notes: list[str]) -> pd.Series:
    """One column as float64 with NaN, or as text with None, for what is missing; see `usable_columns`."""
    if types.is_bool_dtype(column) or types.is_numeric_dtype(column):
        values = column.to_numpy(dtype=np.float64, na_value=np.nan)
        infinite = np.isinf(values)
        if infinite.any():
            notes.append(f"Column '{column.name}': {count(int(infinite.sum()), 'infinite value')} taken as missing.")
        return pd.Series(np.where(infinite, np.nan, values), index=column.index, name=column.name)
    if types.is_timedelta64_dtype(column):
        notes.append(f"Column '{column.name}' holds durations: taken as days.")
        days: pd.Series = column.dt.total_seconds() / 86400
        return days
    if types.is_datetime64_any_dtype(column):
        return _days(column, notes)
    return _text(column, notes)


def _days(dates: pd.Series, notes: list[str]) -> pd.Series:
    notes.append(f"Column '{dates.name}' holds dates: taken as days since 1970.")
    utc = pd.to_datetime(dates, utc=True)
    return (utc - pd.Timestamp(0, tz="UTC")).dt.total_seconds() / 86400


def _text(column: pd.Series, notes: list[str]) -> pd.Series:
    known = column.notna()
    text = column.astype(object).where(known, None)
    text[known] = text[known].map(str)
    if not known.any():
        return text
    numbers = pd.to_numeric(text, errors="coerce")
    if numbers[known].notna().mean() >= _MOSTLY:
        stray = known & numbers.isna()
        if stray.any():
            first = int(np.argmax(stray.to_numpy()))
            notes.append(
                f"Column '{column.name}': {count(int(stray.sum()), 'value')} that "
                f"{'is no number' if stray.sum() == 1 else 'are no numbers'} taken as missing, "
                f"the first, '{text.iloc[first]}', in row {column.index[first] + 1}."
            )
        return number_or_text(numbers, notes)
    if _looks_like_dates(text[known]):
        dates = pd.to_datetime(text, errors="coerce", format="ISO8601", utc=True)
        if dates[known].notna().mean() >= _MOSTLY:
            return _days(dates, notes)
    return text


def _looks_like_dates(text: pd.Series) -> bool:
    return bool(text.head(20).str.match(r"\d{4}-\d{2}-\d{2}").all())


def count(number: int, what: str) -> str:
    """The number with its noun: "1 row", "2 rows"."""
    return f"{number:,} {what}{'' if number == 1 else 's'}"
