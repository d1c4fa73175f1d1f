"""From a table and its folds to the matrices every arm is given."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.examples import Examples, PreparedFold
from looplab.comparison.folds import Fold, Folds, Split, with_inner
from looplab.comparison.free_text import free_text
from looplab.comparison.preparation import Preparation, TargetScale, many_categories
from looplab.comparison.table import Table
from looplab.comparison.weights import part_of

__all__ = ["PreparedFolds", "prepare"]


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedFolds:
    """All folds as matrices, each prepared when its turn comes: together they may not fit into memory.

    Attributes:
        compared: what all arms learn from and predict.
        growing: for each fold of the learning curve, its growing parts.
        whole: all rows to learn from, none to predict.
    """

    compared: Iterator[PreparedFold]
    growing: Iterator[list[PreparedFold]]
    whole: PreparedFold


class _Special(NamedTuple):
    """The text columns that do not become a column of 0 and 1 for each category."""

    many: tuple[str, ...]
    wordy: tuple[str, ...]


def prepare(table: Table, folds: Folds, seed: int, *, aside: bool = False) -> PreparedFolds:
    """Prepare the folds of a table; `seed` fixes what the arms draw, `aside` asks for each fold's part of that name."""
    special = _Special(many_categories(table.columns), free_text(table.columns))
    prepared = partial(_with_aside if aside else _prepare, table, special=special, seed=seed)
    return PreparedFolds(
        compared=(prepared(fold) for fold in folds.compared),
        growing=([prepared(fold) for fold in parts] for parts in folds.growing),
        whole=prepared(folds.whole),
    )


def _with_aside(table: Table, fold: Fold, special: _Special, seed: int) -> PreparedFold:
    inner = fold.inner[0]
    part = with_inner(table, Split(fold.train[inner.train], fold.train[inner.test]), seed)
    return replace(_prepare(table, fold, special, seed), aside=_prepare(table, part, special, seed))


def _prepare(table: Table, fold: Fold, special: _Special, seed: int) -> PreparedFold:
    columns = table.columns.iloc[fold.train]
    scale, own = None, None
    y: NDArray[Any] = table.targets[fold.train]
    if table.task == "regression":
        own = y.astype(np.float64)
        scale = TargetScale.learn(own)
        y = scale.apply(own)
    preparation, X = Preparation.learn_with(columns, special.many, y, seed, special.wordy)
    examples = Examples(
        X=X,
        y=y,
        task=table.task,
        classes=0 if table.task == "regression" else len(table.target_names),
        inner=fold.inner,
        seed=seed,
        scale=scale,
        own=own,
        weights=part_of(table.weights, fold.train),
    )
    return PreparedFold(
        examples=examples,
        test_inputs=preparation.apply(table.columns.iloc[fold.test]),
        test_targets=table.targets[fold.test],
        preparation=preparation,
        scale=scale,
        test_weights=part_of(table.weights, fold.test),
    )
