"""How much an arm relies on a column: by how much its loss grows when the column's values are shuffled among the rows.

Measured on rows that were not learnt from, a fold at a time; the interval is that of the folds. Two columns that say
the same can stand in for one another, so that both look less important than they are together.

Source: Breiman, Random Forests, Machine Learning 45, 2001; Fisher, Rudin & Dominici, JMLR 20, 2019.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.metrics import Truth
from looplab.comparison.scoring import Scoring
from looplab.comparison.why.predicting import Predicting
from looplab.data import Task

__all__ = ["asked_columns", "losses_when_shuffled"]

_MOST_COLUMNS, _FEWEST_COLUMNS = 40, 8
_CELLS = 40_000  # columns asked about times columns of the table: each question predicts from a matrix as wide
_PARTS = 10  # of a number column, when it is asked whether its values say anything at all


def asked_columns(columns: pd.DataFrame, targets: NDArray[Any], task: Task) -> tuple[str, ...]:
    """The columns to ask about: all, or of very many those that say most of the target on their own."""
    most = int(np.clip(_CELLS // max(1, columns.shape[1]), _FEWEST_COLUMNS, _MOST_COLUMNS))
    names = [str(name) for name in columns]
    if len(names) <= most:
        return tuple(names)
    numbers = targets.astype(np.float64) if task == "regression" else np.eye(int(targets.max()) + 1)[targets]
    told = {name: _share_explained(columns[name], numbers.reshape(len(columns), -1)) for name in names}
    chosen = sorted(told, key=told.__getitem__, reverse=True)[:most]
    return tuple(name for name in names if name in chosen)


def losses_when_shuffled(
    model: Predicting,
    columns: pd.DataFrame,
    truth: Truth,
    names: Sequence[str],
    *,
    scoring: Scoring,
    seed: int,
) -> dict[str, float]:
    """By how much the loss of a fold's test rows grows when each of these columns is shuffled among them.

    It is NaN where the loss is undefined, as that of the AUC on rows of a single class.

    Args:
        model: the arm, as it was fitted on the fold, with the test rows.
        columns: the test rows, N.
        truth: their targets and weights.
        names: the columns to ask about.
        scoring: the loss.
        seed: fixes the shuffles.
    """
    random = np.random.default_rng(seed)

    def loss(members: NDArray[np.float64]) -> float:
        return float(np.mean(scoring.metric.losses(members, truth)))

    usual = loss(model.members())
    return {
        name: loss(model.members_with(columns[name].iloc[random.permutation(len(columns))])) - usual for name in names
    }


def _share_explained(column: pd.Series, targets: NDArray[np.float64]) -> float:
    """The share of the targets' variance between the values of a column, or between parts of its range."""
    if column.dtype == np.float64:
        codes = pd.qcut(column, _PARTS, labels=False, duplicates="drop").fillna(-1).to_numpy()
    else:
        codes = pd.factorize(column)[0]
    means = pd.DataFrame(targets).groupby(codes).transform("mean").to_numpy()
    return float(means.var(axis=0).sum() / max(targets.var(axis=0).sum(), 1e-300))
