"""How rows are shared out: the same folds for every arm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import (
    GroupKFold,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    TimeSeriesSplit,
    train_test_split,
)

from looplab.comparison.table import Table
from looplab.errors import CompareError

__all__ = ["Fold", "make_folds", "split_inner"]

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Fold:
    """Rows to learn from and rows to predict."""

    train: Rows
    test: Rows


def make_folds(table: Table, folds: int, repeats: int, seed: int) -> list[Fold]:
    """Repeated K-fold: stratified for classes, grouped where there are groups, forward in time where there is time.

    Raises:
        CompareError: fewer rows, groups or members of a class than folds.
    """
    _check_enough(table, folds)
    rows, labels = np.arange(len(table)), table.targets
    if table.order is not None:
        by_time = np.argsort(table.order)
        pairs = [(by_time[a], by_time[b]) for a, b in TimeSeriesSplit(folds).split(rows)]
    elif table.groups is not None:
        pairs = []
        for repeat in range(repeats):
            grouped = GroupKFold if table.task == "regression" else StratifiedGroupKFold
            splitter = grouped(folds, shuffle=True, random_state=seed + repeat)
            pairs += list(splitter.split(rows, labels, table.groups))
    elif table.task == "regression":
        pairs = list(RepeatedKFold(n_splits=folds, n_repeats=repeats, random_state=seed).split(rows))
    else:
        stratified = RepeatedStratifiedKFold(n_splits=folds, n_repeats=repeats, random_state=seed)
        pairs = list(stratified.split(rows, labels))
    return [Fold(np.asarray(train, dtype=np.int64), np.asarray(test, dtype=np.int64)) for train, test in pairs]


def split_inner(table: Table, rows: Rows, seed: int) -> Fold:
    """A fifth of the training rows set aside, to choose settings by; whole groups, or the latest rows, where asked."""
    if table.order is not None:
        by_time = rows[np.argsort(table.order[rows])]
        cut = max(1, round(0.8 * len(rows)))
        return Fold(by_time[:cut], by_time[cut:])
    if table.groups is not None and len(np.unique(table.groups[rows])) >= 5:
        first = GroupKFold(5, shuffle=True, random_state=seed).split(rows, groups=table.groups[rows])
        train, test = next(iter(first))
        return Fold(rows[train], rows[test])
    stratify = table.targets[rows] if table.task != "regression" else None
    if stratify is not None and np.unique(stratify, return_counts=True)[1].min() < 2:
        stratify = None
    size = max(2, round(0.2 * len(rows)), 0 if stratify is None else len(np.unique(stratify)))
    train, test = train_test_split(rows, test_size=size, random_state=seed, stratify=stratify)
    return Fold(train, test)


def _check_enough(table: Table, folds: int) -> None:
    if folds < 2:
        raise CompareError("folds", expected="at least 2", got=str(folds))
    if len(table) < max(2 * folds, 6):
        raise CompareError(
            f"rows of {table.name}",
            expected=f"at least {max(2 * folds, 6)} for {folds} folds",
            got=str(len(table)),
            fix="Collect more rows, or ask for fewer folds.",
        )
    if table.groups is not None and len(np.unique(table.groups)) < folds:
        got = str(len(np.unique(table.groups)))
        raise CompareError(
            "groups", expected=f"at least {folds} for {folds} folds", got=got, fix="Ask for fewer folds."
        )
    if table.task != "regression":
        members = np.bincount(table.targets.astype(np.int64), minlength=len(table.target_names))
        if members.min() < folds:
            name = table.target_names[int(members.argmin())]
            raise CompareError(
                f"class '{name}' of the target",
                expected=f"at least {folds} rows, one a fold",
                got=str(int(members.min())),
                fix="Drop or merge the class, or ask for fewer folds.",
            )
