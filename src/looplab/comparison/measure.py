"""Arms learn from folds and predict their test rows: the losses on which every answer rests."""

from collections.abc import Callable, Iterable, Mapping

import numpy as np

from looplab.comparison.baselines import fit_constant
from looplab.comparison.boosting import BOOSTING, fit_boosting
from looplab.comparison.examples import Examples, Fitted, PreparedFold
from looplab.comparison.linear import fit_linear
from looplab.comparison.metrics import Truth
from looplab.comparison.networks import NETWORKS, fit_network
from looplab.comparison.own import check_own, fit_own
from looplab.comparison.scoring import Scores, Scoring
from looplab.comparison.threads import few_threads
from looplab.comparison.weights import in_proportion
from looplab.data import Task
from looplab.sweeps.workers import ExecutorLike

__all__ = ["ARMS", "Arm", "fit_final", "measure", "quantile_shift", "with_own"]

_LINEAR_MEMBERS = 16  # for the spread of a saved linear model's predictions
_TREE_MEMBERS = 8  # the same for saved boosting
_FEWEST_SAVED = 8  # networks of a saved ensemble

Arm = Callable[[Examples, int, ExecutorLike | None], Fitted]

Look = Callable[[int, str, PreparedFold, Fitted], None]
"""Is shown the number of a fold, the name of an arm, the fold, and the arm as it has learnt from it."""

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
    scoring: Scoring,
    on_progress: Callable[[], None],
    executor: ExecutorLike | None = None,
    look: Look | None = None,
) -> Mapping[str, list[Scores]]:
    """The scores of each arm on each fold, in the folds' order.

    Args:
        folds: prepared folds; each is used once.
        arms: those to measure, such as `ARMS`, by name.
        seeds: networks trained in each fold.
        scoring: by what the arms are judged.
        on_progress: called after each fit.
        executor: who trains the networks; None for this process.
        look: is shown each fitted arm.
    """
    scores: dict[str, list[Scores]] = {name: [] for name in arms}
    for number, fold in enumerate(folds):
        for name, of_arm in scores.items():
            level, arm = scoring.metric.level, arms[name]
            moved = fold if level is None else fold.moved(quantile_shift(fold, arm, seeds, level, executor))
            fitted = arm(fold.examples, seeds, executor)
            of_arm.append(_scores(moved, fitted, scoring))
            if look is not None:
                look(number, name, moved, fitted)
            on_progress()
    return scores


def quantile_shift(
    fold: PreparedFold, arm: Arm, seeds: int, level: float, executor: ExecutorLike | None = None
) -> float:
    """By how much an arm's predictions move to become a quantile of the target rather than its mean.

    The arm learns from a part of the training rows; the shift is the quantile of what the other rows' targets lie above
    its predictions, in the target's unit.
    """
    aside = fold.aside
    assert aside is not None
    assert aside.scale is not None
    predicted = aside.scale.undo(arm(aside.examples, seeds, executor).predict(aside.test_inputs)).mean(axis=0)
    rows = in_proportion(np.arange(len(predicted)), aside.test_weights)
    return float(np.quantile((aside.test_targets - predicted)[rows], level))


def fit_final(fold: PreparedFold, arm: str, seeds: int, executor: ExecutorLike | None = None) -> Fitted:
    """The arm to save, with enough members to tell their spread."""
    if arm == "linear":
        return fit_linear(fold.examples, members=_LINEAR_MEMBERS)
    if arm == BOOSTING:
        return fit_boosting(fold.examples, members=_TREE_MEMBERS)
    return ARMS[arm](fold.examples, max(seeds, _FEWEST_SAVED), executor)


def _scores(fold: PreparedFold, fitted: Fitted, scoring: Scoring) -> Scores:
    """How well a fitted arm predicts rows it has not seen, in the target's own unit."""
    with few_threads(len(fold.examples)):
        predictions = fitted.predict(fold.test_inputs)
    if fold.scale is not None:
        predictions = fold.scale.undo(predictions)
    truth = Truth(
        targets=fold.test_targets,
        task=fold.examples.task,
        weights=fold.test_weights,
        positive=scoring.positive,
    )
    return Scores(
        scoring.metric.losses(predictions, truth),
        {metric.title: metric.values(predictions, truth) for metric in scoring.beside},
        None if fold.scale is None else fold.test_targets - predictions.mean(axis=0),
    )
