"""Arms learn from folds and predict their test rows: the losses on which every answer rests."""

from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.baselines import fit_constant
from looplab.comparison.boosting import BOOSTING, fit_boosting
from looplab.comparison.examples import Examples, Fitted, PreparedFold
from looplab.comparison.linear import fit_linear
from looplab.comparison.networks import NETWORKS, fit_network
from looplab.comparison.own import check_own, fit_own
from looplab.comparison.scores import mean_loss, measures
from looplab.comparison.threads import few_threads
from looplab.data import Task
from looplab.sweeps.workers import ExecutorLike

__all__ = ["ARMS", "Arm", "Scores", "fit_final", "measure", "with_own"]

_LINEAR_MEMBERS = 16  # for the spread of a saved linear model's predictions
_TREE_MEMBERS = 8  # the same for saved boosting
_FEWEST_SAVED = 8  # networks of a saved ensemble

Arm = Callable[[Examples, int, ExecutorLike | None], Fitted]

ARMS: dict[str, Arm] = {
    "constant": lambda examples, seeds, executor: fit_constant(examples),
    "linear": lambda examples, seeds, executor: fit_linear(examples),
    "small network": lambda examples, seeds, executor: fit_network(
        examples, NETWORKS["small network"], seeds, executor
    ),
    "wide network": lambda examples, seeds, executor: fit_network(examples, NETWORKS["wide network"], seeds, executor),
    BOOSTING: lambda examples, seeds, executor: fit_boosting(examples),
}
"""Each arm by name: a function of the rows to learn from, a number of seeds and who trains; returns what predicts."""


class Scores(NamedTuple):
    """Losses of the S members of an arm on test rows, and measures by name (none for a regression)."""

    losses: NDArray[np.float64]
    measures: Mapping[str, NDArray[np.float64]]


def with_own(arms: Mapping[str, object] | None, task: Task) -> dict[str, Arm]:
    """`ARMS`, and the user's own estimators by name.

    Raises:
        CompareError: what cannot be an arm.
    """
    own = dict(arms or {})
    for name, estimator in own.items():
        check_own(name, estimator, task, tuple(ARMS))
    return ARMS | {name: _own(name, estimator) for name, estimator in own.items()}


def _own(name: str, estimator: object) -> Arm:
    return lambda examples, seeds, executor: fit_own(name, estimator, examples)


def measure(
    folds: Iterable[PreparedFold],
    arms: Mapping[str, Arm],
    seeds: int,
    on_progress: Callable[[], None],
    executor: ExecutorLike | None = None,
) -> Mapping[str, list[Scores]]:
    """The scores of each arm on each fold, in the folds' order.

    Args:
        folds: prepared folds; each is used once.
        arms: those to measure, such as `ARMS`, by name.
        seeds: networks trained in each fold.
        on_progress: called after each fit.
        executor: who trains the networks; None for this process.
    """
    scores: dict[str, list[Scores]] = {name: [] for name in arms}
    for fold in folds:
        for name, of_arm in scores.items():
            of_arm.append(_scores(fold, arms[name](fold.examples, seeds, executor)))
            on_progress()
    return scores


def fit_final(fold: PreparedFold, arm: str, seeds: int, executor: ExecutorLike | None = None) -> Fitted:
    """The arm to save, with enough members to tell their spread."""
    if arm == "linear":
        return fit_linear(fold.examples, members=_LINEAR_MEMBERS)
    if arm == BOOSTING:
        return fit_boosting(fold.examples, members=_TREE_MEMBERS)
    return ARMS[arm](fold.examples, max(seeds, _FEWEST_SAVED), executor)


def _scores(fold: PreparedFold, fitted: Fitted) -> Scores:
    """How well a fitted arm predicts rows it has not seen, in the target's own unit."""
    with few_threads(len(fold.examples)):
        predictions = fitted.predict(fold.test_inputs)
    if fold.scale is not None:
        predictions = fold.scale.undo(predictions)
    task = fold.examples.task
    losses = mean_loss(predictions, fold.test_targets, task)
    return Scores(losses, {} if task == "regression" else measures(predictions, fold.test_targets))
