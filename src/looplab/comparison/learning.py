"""Would more data help? The loss at a quarter, half and all of the training rows."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.answer import relative_gain
from looplab.comparison.baselines import fit_linear
from looplab.comparison.folds import Fold
from looplab.comparison.networks import NETWORKS, fit_network
from looplab.comparison.result import LearningCurve
from looplab.comparison.table import Table
from looplab.comparison.work import make_work, test_scores

__all__ = ["learning_curve"]

_SHARES = (0.25, 0.5, 1.0)
_SEEDS = 2
_FEWEST = 6  # rows from which anything can be chosen and learnt


def learning_curve(
    table: Table, folds: list[Fold], network: str, seed: int, on_progress: Callable[[], None]
) -> LearningCurve:
    """The linear model and one network on growing parts of the training rows of these folds.

    Settings are chosen afresh at each size, as one would with so few rows.
    """
    arms = ("linear", network)
    losses = {arm: np.zeros((len(_SHARES), len(folds))) for arm in arms}
    sizes = np.zeros((len(_SHARES), len(folds)))
    for f, fold in enumerate(folds):
        for s, share in enumerate(_SHARES):
            work = make_work(table, _part(table, fold.train, share, seed + f), seed)
            sizes[s, f] = len(work.X)
            fits = {"linear": fit_linear(work), network: fit_network(work, NETWORKS[network], _SEEDS)}
            for arm, fitted in fits.items():
                losses[arm][s, f] = test_scores(table, work, fold.test, fitted).losses.mean()
            on_progress()
    better = min(arms, key=lambda arm: float(losses[arm][-1].mean()))
    train, test = float(sizes[-1].mean()), float(np.mean([len(fold.test) for fold in folds]))
    return LearningCurve(
        rows=tuple(round(float(size)) for size in sizes.mean(axis=1)),
        losses={arm: tuple(float(loss) for loss in losses[arm].mean(axis=1)) for arm in arms},
        gain=relative_gain(losses[better][-1], losses[better][-2], train, test),
        arm=better,
    )


def _part(table: Table, rows: NDArray[np.int64], share: float, seed: int) -> NDArray[np.int64]:
    """A random part of the rows, or the latest where there is time."""
    size = min(len(rows), max(_FEWEST, round(share * len(rows))))
    if table.order is not None:
        return rows[-size:]
    return np.random.default_rng(seed).permutation(rows)[:size]
