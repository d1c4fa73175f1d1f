"""Would more data help? The loss at a quarter, half and all of the training rows."""

from collections.abc import Callable, Iterable

import numpy as np

from looplab.comparison.answer import relative_gain
from looplab.comparison.examples import PreparedFold
from looplab.comparison.folds import SHARES
from looplab.comparison.measure import ARMS, measure
from looplab.comparison.result import LearningCurve
from looplab.comparison.scoring import Scoring
from looplab.sweeps.workers import ExecutorLike

__all__ = ["learning_curve"]

_SEEDS = 2


def learning_curve(
    growing: Iterable[list[PreparedFold]],
    network: str,
    scoring: Scoring,
    on_progress: Callable[[], None],
    executor: ExecutorLike | None = None,
) -> LearningCurve | None:
    """The linear model and one network on growing parts of the training rows of some folds.

    Settings are chosen afresh at each size, as one would with that few rows.

    Args:
        growing: the parts of each fold, one for each of `SHARES`.
        network: the network arm.
        scoring: by what they are judged; folds on which its metric is undefined are left out.
        on_progress: called after each fit.
        executor: who trains the networks; None for this process.

    Returns:
        The curve; None if fewer than two folds are left.
    """
    arms = ("linear", network)
    losses: dict[str, list[list[float]]] = {arm: [] for arm in arms}  # a list per fold, a number per share
    train_rows, test_rows = [], []
    for parts in growing:
        of_both = {name: ARMS[name] for name in arms}
        scores = measure(parts, of_both, _SEEDS, scoring._replace(beside=()), on_progress, executor)
        if any(np.isnan(each.losses).any() for of_arm in scores.values() for each in of_arm):
            continue
        for arm in arms:
            losses[arm].append([float(each.losses.mean()) for each in scores[arm]])
        train_rows.append([len(part.examples) for part in parts])
        test_rows.append(len(parts[0].test_inputs))
    if len(test_rows) < 2:
        return None
    at_share = {arm: np.array(losses[arm]).T for arm in arms}
    better = min(arms, key=lambda arm: float(at_share[arm][-1].mean()))
    rows = np.mean(train_rows, axis=0)
    assert len(rows) == len(SHARES)
    gain = relative_gain(
        at_share[better][-1],
        at_share[better][-2],
        float(rows[-1]),
        float(np.mean(test_rows)),
        by_difference=scoring.metric.is_bounded,
    )
    return LearningCurve(
        rows=tuple(round(float(size)) for size in rows),
        losses={arm: tuple(float(loss) for loss in at_share[arm].mean(axis=1)) for arm in arms},
        gain=gain,
        arm=better,
    )
