"""Rows unlike any in training: a number far beyond all that there were, or a category that there was not."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from looplab.comparison.preparation import Preparation
from looplab.data.readings.dates import DateReading
from looplab.data.readings.reading import Reading
from looplab.data.words import count, few, printable

__all__ = ["Range", "ranges_of", "unlike_rows", "warning_about"]

Range = tuple[float, float]

_MOST_DAYS = 100_000  # from 1970, that have a date

_SLACK = 0.1  # of the range: the extremes of a sample are not those of what it was drawn from


def ranges_of(columns: pd.DataFrame, preparation: Preparation) -> dict[str, Range]:
    """The lowest and highest value of each number column that a model uses."""
    names = [number.name for number in preparation.numbers]
    return {name: (float(columns[name].min()), float(columns[name].max())) for name in names}


def unlike_rows(
    columns: pd.DataFrame,
    preparation: Preparation,
    ranges: Mapping[str, Range],
    readings: Mapping[str, Reading],
    *,
    categories: bool = True,
) -> list[str]:
    """For each row, in what it is unlike all rows of training, such as "x: 250, training had 0 to 12"; else "".

    A number is unlike if it lies beyond the range of training by more than a tenth of that range. A category is if
    training did not have it; but where training had so many that they were encoded as numbers, new ones are usual.

    Args:
        columns: as `Preparation.apply` takes them.
        preparation: what was learnt about the columns.
        ranges: the lowest and highest value of each number column in training.
        readings: how each column is read, for dates.
        categories: whether new categories count; without them, only numbers do.
    """
    reasons: list[list[str]] = [[] for _ in range(len(columns))]
    for name, (low, high) in ranges.items():
        values = columns[name].to_numpy(dtype=np.float64)
        slack = _SLACK * (high - low)
        for row in np.flatnonzero((values < low - slack) | (values > high + slack)):
            value, *ends = (_in_words(each, readings[name]) for each in (values[row], low, high))
            reasons[row].append(f"{name}: {value}, training had {' to '.join(ends)}")
    unseen = preparation.where_unseen(columns)
    for text in preparation.texts if categories else ():
        new = unseen[text.name] & columns[text.name].notna().to_numpy()
        for row in np.flatnonzero(new):
            value = columns[text.name].iloc[row]
            reasons[row].append(f"{text.name}: {value}, training had {few(text.categories)}")
    return ["; ".join(each) for each in reasons]


def warning_about(unlike: list[str], *, refused: bool) -> str:
    """A sentence about these rows, with the first; "" if there are none."""
    rows = [row for row, reason in enumerate(unlike) if reason]
    if not rows:
        return ""
    several = len(rows) > 1
    if refused:
        then = "they get no prediction" if several else "it gets no prediction"
    else:
        then = "their predictions are guesses" if several else "its prediction is a guess"
    return (
        f"{count(len(rows), 'row')} unlike any in training (the first, row {rows[0] + 1}: "
        f"{printable(unlike[rows[0]])}); {then}"
    )


def _in_words(value: float, reading: Reading) -> str:
    if isinstance(reading, DateReading) and abs(value) < _MOST_DAYS:
        return str(pd.Timestamp(0) + pd.Timedelta(days=value))[:10]
    return f"{value:.6g}"
