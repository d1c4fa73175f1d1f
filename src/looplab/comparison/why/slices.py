"""Where a network gains over the linear model, and where it loses: parts of the table, by one column each."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from looplab.data.words import printable
from looplab.statistics import Interval, simultaneous_level

__all__ = ["Slice", "find_slices"]

_PARTS = 3  # of a number column's range
_MOST_CATEGORIES = 8
_FEWEST_ROWS = 20
_FEWEST_SHARE = 0.05
_MOST = 3  # on either side


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the rows.

    Attributes:
        column: the column that says which rows.
        where: its values in words.
        rows: how many.
        gain: mean loss of the linear model minus that of the network, with an interval that holds for all slices that
            were looked at together.
        linear: mean loss of the linear model on these rows.
    """

    column: str
    where: str
    rows: int
    gain: Interval
    linear: float

    def to_json(self) -> dict[str, Any]:
        """Everything as plain numbers and text."""
        return vars(self) | {"gain": vars(self.gain)}


def find_slices(columns: pd.DataFrame, linear: NDArray[np.float64], network: NDArray[np.float64]) -> tuple[Slice, ...]:
    """The slices whose gain surely differs from that of the other rows: the best, then the worst.

    Rows count as independent of each other.

    Args:
        columns: N rows.
        linear: the linear model's loss on each row, when it was not learnt from.
        network: the network's.
    """
    parts = [(str(name), where, rows) for name, column in columns.items() for where, rows in _parts(column)]
    if not parts:
        return ()
    level, gains = simultaneous_level(0.95, 2 * len(parts)), linear - network
    found = []
    for column, where, rows in parts:
        gain = _interval(gains[rows], level)
        others = _interval(gains[~rows], level)
        if gain.low > others.high or gain.high < others.low:
            found.append(
                Slice(column=column, where=where, rows=int(rows.sum()), gain=gain, linear=float(linear[rows].mean()))
            )
    found.sort(key=lambda each: each.gain.estimate, reverse=True)
    best = [each for each in found[:_MOST] if each.gain.low > 0]
    worst = [each for each in found[-_MOST:] if each.gain.high < 0]
    return (*best, *worst)


def _parts(column: pd.Series) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    fewest = max(_FEWEST_ROWS, _FEWEST_SHARE * len(column))
    if column.dtype == np.float64:
        pieces = pd.qcut(column, _PARTS, duplicates="drop")
        named = [(_range(each, pieces.cat.categories), pieces == each) for each in pieces.cat.categories]
        named.append(("missing", column.isna()))
    else:
        named = [(printable(each), column == each) for each in column.value_counts().index[:_MOST_CATEGORIES]]
    for where, rows in named:
        if fewest <= rows.sum() <= len(column) - fewest:
            yield where, rows.to_numpy(dtype=bool)


def _range(part: Any, parts: Any) -> str:
    """A part of a number column's range in words."""
    lowest, highest = part == parts[0], part == parts[-1]
    if lowest or highest:
        return f"at most {part.right:.4g}" if lowest else f"above {part.left:.4g}"
    return f"above {part.left:.4g}, at most {part.right:.4g}"


def _interval(values: NDArray[np.float64], level: float) -> Interval:
    """Of the mean of independent values, Student's."""
    mean, error = float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))
    reach = float(stats.t.ppf((1 + level) / 2, len(values) - 1)) * error
    return Interval(estimate=mean, low=mean - reach, high=mean + reach, level=level)
