"""How predictions change with a column, all others as they are: partial dependence of the strongest columns.

Source: Friedman, Greedy Function Approximation, Annals of Statistics 29, 2001.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.why.predicting import Predicting
from looplab.data.columns import is_free_text

__all__ = ["Dependence", "depend", "some_rows"]

_MOST_ROWS = 500
_POINTS = 20
_MOST_CATEGORIES = 8


@dataclass(frozen=True, kw_only=True, eq=False)
class Dependence:
    """Mean predictions when all rows take one value of a column.

    Attributes:
        column: the column.
        values: G numbers in order, or categories, the most frequent first.
        predictions: by arm, G×O in the target's unit, or probabilities G×C.
    """

    column: str
    values: tuple[float, ...] | tuple[str, ...]
    predictions: dict[str, NDArray[np.float64]]

    @property
    def is_number(self) -> bool:
        """Whether the values are in an order."""
        return not isinstance(self.values[0], str)

    def to_json(self) -> dict[str, Any]:
        """Everything as plain numbers and text."""
        return {
            "column": self.column,
            "values": list(self.values),
            "predictions": {arm: each.tolist() for arm, each in self.predictions.items()},
        }


def some_rows(columns: pd.DataFrame, seed: int) -> pd.DataFrame:
    """The rows over which predictions are averaged: at most 500, drawn."""
    if len(columns) <= _MOST_ROWS:
        return columns
    return columns.iloc[np.random.default_rng(seed).permutation(len(columns))[:_MOST_ROWS]]


def depend(arms: dict[str, Predicting], column: pd.Series, rows: int) -> Dependence | None:
    """The dependence of some arms on a column; None where it has a single value, or is free text.

    Args:
        arms: by name, with the rows over which predictions are averaged.
        column: all values of the column.
        rows: how many rows these are.
    """
    values, name = _values(column), str(column.name)
    if len(values) < 2:
        return None
    everywhere = [pd.Series([value] * rows, name=name, dtype=column.dtype) for value in values]
    predictions = {
        arm: np.stack([model.members_with(each).mean(axis=(0, 1)) for each in everywhere])
        for arm, model in arms.items()
    }
    return Dependence(column=name, values=values, predictions=predictions)


def _values(column: pd.Series) -> tuple[float, ...] | tuple[str, ...]:
    if column.dtype == np.float64:
        known = column.dropna().to_numpy()
        different = np.unique(known)
        if len(different) > _POINTS:  # the rarest values at both ends say little of where rows are
            different = np.unique(np.quantile(known, np.linspace(0.02, 0.98, _POINTS)))
        return tuple(different.tolist())
    if is_free_text(column):
        return ()
    return tuple(str(each) for each in column.dropna().value_counts().index[:_MOST_CATEGORIES])
