"""Fewer rows of a table: a random part in which no class gets too rare, or the latest where time orders them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.budget import Budget
from looplab.comparison.folds import share_out
from looplab.comparison.measure import ARMS, measure
from looplab.comparison.plan import Plan
from looplab.comparison.prepare import prepare
from looplab.comparison.scoring import Scoring
from looplab.comparison.table import Table
from looplab.sweeps.workers import ExecutorLike

__all__ = ["rows_in_time", "thinned"]

_PROBED = 1000  # rows of which a fold is timed, of a table with at most a hundred columns; of a wider one fewer
_PROBED_VALUES = 100_000
_FEWEST_PROBED = 300  # with fewer, little can be learnt of many columns
_PROBES = 2  # of which the second counts
_LARGE = 4  # times as many rows, below which it is not worth the time

_RARE = 20  # rows of a class that are kept whatever the share


def rows_in_time(
    table: Table,
    plan: Callable[[Table], Plan],
    scoring: Scoring,
    budget: Budget,
    executor: ExecutorLike | None = None,
) -> Table:
    """The table, or as many of its rows as the budget leaves time for, by the time that a fold of few rows takes."""
    probed = max(_FEWEST_PROBED, min(_PROBED, _PROBED_VALUES // table.columns.shape[1]))
    if budget.is_unlimited or len(table) < _LARGE * probed:
        return table
    probe = thinned(table, probed, 0)
    small = replace(plan(probe), repeats=1, curve_folds=0)
    shared = share_out(probe, small)
    prepared = prepare(probe, shared, small.seed, aside=scoring.metric.level is not None)
    measure(budget.folds(prepared.compared, _PROBES), ARMS, small.seeds, scoring, lambda: None, executor)
    kept = thinned(table, budget.rows_that_fit(len(table), probed, budget.fold_seconds), small.seed)
    if len(kept) < len(table):
        budget.left_out.append(f"{len(table) - len(kept):,} of {len(table):,} rows")
    return kept


def thinned(table: Table, rows: int, seed: int) -> Table:
    """About this many rows of a table.

    Args:
        table: the table; if it has no more rows, it is returned as it is.
        rows: how many to keep; of a class, 20 are kept or all that there are, so that it may be a few more.
        seed: fixes the draw.
    """
    if rows >= len(table):
        return table
    if table.order is not None:
        kept = np.sort(np.argsort(table.order, kind="stable")[-rows:])
    elif table.task == "regression":
        kept = np.sort(np.random.default_rng(seed).permutation(len(table))[:rows])
    else:
        kept = _of_each_class(table.targets.astype(np.int64), rows / len(table), seed)
    return replace(
        table,
        columns=table.columns.iloc[kept].reset_index(drop=True),
        targets=table.targets[kept],
        groups=None if table.groups is None else table.groups[kept],
        order=None if table.order is None else table.order[kept],
        weights=None if table.weights is None else table.weights[kept],
    )


def _of_each_class(classes: NDArray[np.int64], share: float, seed: int) -> NDArray[np.int64]:
    random = np.random.default_rng(seed)
    parts = []
    for each in np.unique(classes):
        rows = random.permutation(np.flatnonzero(classes == each))
        parts.append(rows[: max(_RARE, round(share * len(rows)))])
    return np.sort(np.concatenate(parts))
