"""How rows are split: the same folds for every arm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import (
    GroupKFold,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    StratifiedGroupKFold,
    train_test_split,
)

from looplab.comparison.plan import Plan
from looplab.comparison.table import Table
from looplab.errors import CompareError

__all__ = ["SHARES", "Fold", "Folds", "Split", "make_folds", "share_out", "split_inner", "with_inner"]

SHARES = (0.25, 0.5, 1.0)
"""The shares of a fold's training rows on which the learning curve is measured."""

_FEWEST = 6  # the fewest rows from which anything can be chosen and learnt

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Split:
    """Rows to learn from and rows to predict."""

    train: Rows
    test: Rows


@dataclass(frozen=True, eq=False)
class Fold(Split):
    """A split of a table's rows, with splits of its training rows (by position) for choosing settings."""

    inner: tuple[Split, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Folds:
    """Everything that is learnt from and predicted.

    Attributes:
        compared: what all arms learn from and predict.
        growing: for each fold of the learning curve, growing parts of its training rows (`SHARES`) with its test rows.
        whole: all rows to learn from, none to predict: what the saved model learns from.
    """

    compared: list[Fold]
    growing: list[list[Fold]]
    whole: Fold

    @property
    def train_rows(self) -> float:
        """Mean number of training rows of the folds that are compared on."""
        return float(np.mean([len(fold.train) for fold in self.compared]))

    @property
    def test_rows(self) -> float:
        """Mean number of test rows of the folds that are compared on."""
        return float(np.mean([len(fold.test) for fold in self.compared]))


def share_out(table: Table, plan: Plan) -> Folds:
    """All folds of a comparison; the plan's seed fixes them.

    Raises:
        CompareError: fewer rows, groups or members of a class than folds.
    """
    splits = make_folds(table, plan.folds, plan.repeats, plan.seed)
    growing = [
        [Split(_part(table, split.train, share, plan.seed + number), split.test) for share in SHARES]
        for number, split in enumerate(splits[: plan.curve_folds])
    ]
    everything = Split(np.arange(len(table)), np.arange(0))
    return Folds(
        compared=[with_inner(table, split, plan.seed) for split in splits],
        growing=[[with_inner(table, split, plan.seed) for split in parts] for parts in growing],
        whole=with_inner(table, everything, plan.seed),
    )


def _part(table: Table, rows: Rows, share: float, seed: int) -> Rows:
    """A random part of the rows, or the latest where rows are ordered in time."""
    size = min(len(rows), max(_FEWEST, round(share * len(rows))))
    if table.order is not None:
        return rows[-size:]
    return np.random.default_rng(seed).permutation(rows)[:size]


def with_inner(table: Table, split: Split, seed: int) -> Fold:
    """A split of a table's rows, with splits of its training rows for choosing settings."""
    rows = split.train
    repeats = 1 if table.order is not None or len(rows) >= 20_000 else 2 if len(rows) >= 1000 else 6
    positions = np.full(len(table), -1, dtype=np.int64)
    positions[rows] = np.arange(len(rows))
    inner = [split_inner(table, rows, seed + repeat) for repeat in range(repeats)]
    return Fold(rows, split.test, tuple(Split(positions[each.train], positions[each.test]) for each in inner))


def make_folds(table: Table, folds: int, repeats: int, seed: int) -> list[Split]:
    """Repeated K-fold: stratified for classes, grouped where there are groups, forward in time where rows are ordered.

    Raises:
        CompareError: fewer rows, groups or members of a class than folds.
    """
    _check_enough(table, folds)
    rows, labels = np.arange(len(table)), table.targets
    if table.order is not None:
        pairs = _forward(table.order, folds)
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
    return [Split(np.asarray(train, dtype=np.int64), np.asarray(test, dtype=np.int64)) for train, test in pairs]


def _forward(order: Rows, folds: int) -> list[tuple[Rows, Rows]]:
    """For each of several moments, the rows before it and those from it to the next; a quarter precedes the first.

    Rows of one moment stay together, so that there may be fewer folds than asked for.
    """
    by_time = np.argsort(order, kind="stable")
    moments = order[by_time]
    size = min(len(order) // (folds + 1), (len(order) - len(order) // 4) // folds)
    cuts = [np.searchsorted(moments, moments[len(order) - left * size]) for left in range(folds, 0, -1)]
    ends = sorted({int(cut) for cut in cuts if cut > 0})
    pairs = list(zip(ends, [*ends[1:], len(order)], strict=True))
    if len(pairs) < 2:
        raise CompareError(
            "time", expected="rows at three or more different moments", got="fewer that separate the rows"
        )
    return [(by_time[:start], by_time[start:end]) for start, end in pairs]


def split_inner(table: Table, rows: Rows, seed: int) -> Split:
    """A fifth of the training rows set aside for choosing settings: whole groups, or the latest rows, where asked."""
    if table.order is not None:
        by_time = rows[np.argsort(table.order[rows], kind="stable")]
        cut = _between_moments(table.order[by_time], max(1, round(0.8 * len(rows))))
        return Split(by_time[:cut], by_time[cut:])
    if table.groups is not None and len(np.unique(table.groups[rows])) >= 5:
        first = GroupKFold(5, shuffle=True, random_state=seed).split(rows, groups=table.groups[rows])
        train, test = next(iter(first))
        return Split(rows[train], rows[test])
    stratify = table.targets[rows] if table.task != "regression" else None
    if stratify is not None and np.unique(stratify, return_counts=True)[1].min() < 2:
        stratify = None
    size = max(2, round(0.2 * len(rows)), 0 if stratify is None else len(np.unique(stratify)))
    train, test = train_test_split(rows, test_size=size, random_state=seed, stratify=stratify)
    return Split(train, test)


def _between_moments(moments: Rows, cut: int) -> int:
    """The nearest place to cut that keeps rows of one moment together; the given place if all are of one moment."""
    places = np.flatnonzero(np.diff(moments)) + 1
    return int(places[np.argmin(np.abs(places - cut))]) if len(places) else cut


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
    groups = table.groups if table.order is None else None
    if groups is not None and len(np.unique(groups)) < folds:
        got = str(len(np.unique(groups)))
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
                fix="Say rare_classes='merge' or 'drop' (--rare-classes merge or drop), or ask for fewer folds.",
            )
        if groups is not None:
            _check_classes_in_groups(table, groups)


def _check_classes_in_groups(table: Table, groups: Rows) -> None:
    """Refuse a class whose rows must all stay in one fold: it could never be both learnt and predicted."""
    pairs = np.unique(np.column_stack([table.targets.astype(np.int64), groups]), axis=0)
    of_class = np.bincount(pairs[:, 0], minlength=len(table.target_names))
    if of_class.min() < 2:
        raise CompareError(
            f"class '{table.target_names[int(of_class.argmin())]}' of the target",
            expected="rows in at least two groups (equal rows are one)",
            got="one group",
            fix="Drop or merge the class.",
        )
