"""Rows that count more than others: the column of weights, checked, and what cannot take weights helped to them."""

import numpy as np
from numpy.typing import NDArray

from looplab.data.read import ReadTable
from looplab.data.readings.number import NumberReading
from looplab.data.words import count, printable
from looplab.errors import CompareError

__all__ = ["in_proportion", "part_of", "weighted_rows", "weights_of", "without_weights"]

_WIDEST = 1e9  # the largest weight over the smallest

_COPIES = 4  # of a row of mean weight, among rows in proportion

Weights = NDArray[np.float64]


def weighted_rows(table: ReadTable, name: str, notes: list[str]) -> ReadTable:
    """The rows whose weight is above 0.

    Args:
        table: with a column of weights.
        name: that column's.
        notes: receives a sentence about rows that are left out.

    Raises:
        CompareError: a weight that is missing, no number, or below 0; all are 0; or the largest is a billion times the
            smallest.
    """
    column, place = table.columns[name], f"{table.name}, weights '{printable(name)}'"
    is_number = isinstance(table.readings[name], NumberReading)
    values = column.values.to_numpy(dtype=np.float64) if is_number else np.zeros(len(column.missing))
    wrong = column.missing | column.unread | column.infinite if is_number else ~column.missing
    if wrong.any():
        row, value = column.first(wrong)
        got = "none" if column.missing[int(np.argmax(wrong))] else f"'{printable(value)}'"
        fix = "Fill it in, or drop the row: weight 0 leaves it out."
        raise CompareError(f"{place}, row {row}", expected="a number, at least 0", got=got, fix=fix)
    if (values < 0).any():
        row, value = column.first(values < 0)
        raise CompareError(f"{place}, row {row}", expected="a number, at least 0", got=f"'{printable(value)}'")
    kept = values > 0
    if not kept.any():
        raise CompareError(place, expected="at least one above 0", got="0 in every row")
    if (largest := float(values.max())) > _WIDEST * (smallest := float(values[kept].min())):
        expected = f"the largest at most {_WIDEST:g} times the smallest"
        raise CompareError(
            place, expected=expected, got=f"{smallest:g} and {largest:g}", fix="Write 0 for the smallest."
        )
    if not kept.all():
        notes.append(f"{count(int((~kept).sum()), 'row')} of weight 0 left out.")
    return table.rows(kept)


def weights_of(table: ReadTable, name: str, notes: list[str]) -> Weights:
    """The weights of all rows, with mean 1; a note says how many equal rows they are worth (Kish, 1965)."""
    values = table.columns[name].values.to_numpy(dtype=np.float64)
    weights: Weights = values / values.max()
    weights = weights / weights.mean()
    worth = len(weights) / float((weights**2).mean())
    notes.append(f"Rows are weighted by '{printable(name)}': they tell as much as {worth:,.0f} rows of equal weight.")
    return weights


def without_weights(many: tuple[str, ...]) -> list[str]:
    """A note about columns that are prepared without weights, if there are some."""
    names = ", ".join(f"'{printable(name)}'" for name in many)
    return [f"The many categories of {names} become numbers without weights: the encoder takes none."] if many else []


def part_of(weights: Weights | None, rows: NDArray[np.int64]) -> Weights | None:
    """The weights of some rows; None if all are equal."""
    return None if weights is None else weights[rows]


def in_proportion(rows: NDArray[np.int64], weights: Weights | None) -> NDArray[np.int64]:
    """The rows, each as often as its weight says, up to rounding: what has no weighted mean gets one by a plain mean.

    A row of mean weight comes four times (systematic resampling, without chance).

    >>> in_proportion(np.array([7, 8]), np.array([1.5, 0.5])).tolist()
    [7, 7, 7, 7, 7, 7, 8, 8]
    """
    if weights is None:
        return rows
    ends = np.cumsum(weights) / weights.sum()
    places = (np.arange(_COPIES * len(rows)) + 0.5) / (_COPIES * len(rows))
    return rows[np.minimum(np.searchsorted(ends, places), len(rows) - 1)]
