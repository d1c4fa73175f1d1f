"""From the scores of each fold to a summary of an arm."""

from dataclasses import replace

import numpy as np

from looplab.comparison.answer import Evidence
from looplab.comparison.folds import Folds
from looplab.comparison.metrics import Metric
from looplab.comparison.result import ArmScores
from looplab.comparison.scoring import Scores
from looplab.statistics import corrected_resampled_t

__all__ = ["evidence_of", "seed_spread", "summarize"]


def summarize(scores: list[Scores], folds: Folds, metric: Metric) -> ArmScores:
    """An arm's scores, a row per fold, with the interval of its mean loss."""
    losses = _rectangle([each.losses for each in scores])
    means = np.nanmean(losses, axis=1)
    interval = corrected_resampled_t(means, train_rows=folds.train_rows, test_rows=folds.test_rows)
    high = min(1.0, interval.high) if metric.is_bounded else interval.high
    return ArmScores(
        losses=losses,
        measures={name: _rectangle([each.measures[name] for each in scores]) for name in scores[0].measures},
        interval=replace(interval, low=max(0.0, interval.low), high=high),  # no loss is below 0
    )


def evidence_of(arms: dict[str, ArmScores], folds: Folds, metric: Metric, margin: float) -> Evidence:
    """What the answer is decided from."""
    return Evidence(
        losses={name: np.nanmean(arm.losses, axis=1) for name, arm in arms.items()},
        train_rows=folds.train_rows,
        test_rows=folds.test_rows,
        loss_name=metric.loss,
        margin=margin,
        score=metric if metric.is_score else None,
        by_difference=metric.is_bounded,
    )


def seed_spread(arm: ArmScores) -> float:
    """Standard deviation over seeds within a fold, as a share of the mean loss."""
    if arm.losses.shape[1] < 2:
        return 0.0
    within = np.nanvar(arm.losses, axis=1, ddof=1).mean()
    return float(np.sqrt(within) / max(arm.interval.estimate, 1e-12))


def _rectangle(rows: list[np.ndarray]) -> np.ndarray:
    """One row a fold; NaN where a fold has fewer members because some failed."""
    full = np.full((len(rows), max(len(row) for row in rows)), np.nan)
    for index, row in enumerate(rows):
        full[index, : len(row)] = row
    return full
