"""Columns that give the target away: a copy of it, or something known only afterwards."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.table import Table

__all__ = ["leaking_columns"]

_EXACT = 0.9999


def leaking_columns(table: Table) -> list[str]:
    """The columns that alone determine the target: by rank order (a regression), or by one value or range per class.

    One column may honestly determine the target; whether it is a leak, only the user can know.
    """
    if table.columns.shape[1] < 2:  # with a single column, determining the target is its very purpose
        return []
    return [str(name) for name, column in table.columns.items() if _gives_away(column, table)]


def _gives_away(column: pd.Series, table: Table) -> bool:
    if table.task == "regression":
        return column.dtype == np.float64 and any(_same_order(column, target) for target in table.targets.T)
    if column.dtype != np.float64:
        pairs = pd.DataFrame({"value": column.fillna("missing"), "target": table.targets})
        often = 2 * column.nunique() <= len(column)  # values that come once have one class each, whatever they mean
        return often and bool(pairs.groupby("value")["target"].nunique().max() == 1)
    return _separates(column.to_numpy(), table.targets.astype(np.int64))


def _same_order(column: pd.Series, target: NDArray[np.float64]) -> bool:
    known = column.notna().to_numpy()
    if known.sum() < 3 or len(np.unique(target[known])) < 3:
        return False
    ranks = column[known].rank().corr(pd.Series(target[known], index=column[known].index).rank())
    return bool(abs(ranks) > _EXACT)


def _separates(values: NDArray[np.float64], classes: NDArray[np.int64]) -> bool:
    """Whether each class is one range of values, separate from the others."""
    known = ~np.isnan(values)
    values, classes = values[known], classes[known]
    ranges = sorted((values[classes == each].min(), values[classes == each].max()) for each in np.unique(classes))
    return len(ranges) > 1 and all(low[1] < high[0] for low, high in pairwise(ranges))
