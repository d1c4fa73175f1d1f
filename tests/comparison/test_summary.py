"""From the scores of folds to an arm's mean, interval and spread."""

import numpy as np
import pytest

from looplab.comparison.folds import Fold, Folds
from looplab.comparison.metrics import METRICS
from looplab.comparison.result import ArmScores
from looplab.comparison.scoring import Scores
from looplab.comparison.summary import evidence_of, seed_spread, summarize
from looplab.statistics import Interval, corrected_resampled_t

FOLDS = Folds(
    compared=[Fold(np.arange(rows), np.arange(rows, 100), ()) for rows in (70, 80, 90)],
    growing=[],
    whole=Fold(np.arange(100), np.arange(0), ()),
)

LOG_LOSS = METRICS["log-loss"]


def scores(*losses: list[float]) -> list[Scores]:
    return [Scores(np.array(each), {}) for each in losses]


def test_the_interval_is_that_of_the_folds_means() -> None:
    arm = summarize(scores([1.0, 3.0], [2.0, 4.0], [6.0, 6.0]), FOLDS, LOG_LOSS)
    expected = corrected_resampled_t(np.array([2.0, 3.0, 6.0]), train_rows=80, test_rows=20)
    assert arm.interval.estimate == expected.estimate == pytest.approx(11 / 3)
    assert arm.interval.high == expected.high
    assert expected.low < 0
    assert arm.interval.low == 0, "no loss is below 0"
    assert arm.measures == {}


def test_a_fold_with_fewer_members_is_filled_up_with_nothing() -> None:
    arm = summarize(scores([1.0, 3.0], [2.0], [6.0, 6.0]), FOLDS, LOG_LOSS)
    assert np.isnan(arm.losses[1, 1])
    assert arm.interval.estimate == pytest.approx((2 + 2 + 6) / 3)
    evidence = evidence_of({"linear": arm}, FOLDS, LOG_LOSS, 0.2)
    assert evidence.losses["linear"].tolist() == [2, 2, 6]
    assert (evidence.train_rows, evidence.test_rows, evidence.margin, evidence.loss_name) == (80, 20, 0.2, "log loss")


def test_measures_are_kept_a_row_a_fold() -> None:
    of_folds = [Scores(np.array([0.5, 0.6]), {"accuracy": np.array([0.8, 0.9])}) for _ in range(3)]
    assert summarize(of_folds, FOLDS, LOG_LOSS).measures["accuracy"].tolist() == [[0.8, 0.9]] * 3


def arm_scores(losses: list[list[float]]) -> ArmScores:
    interval = Interval(estimate=float(np.nanmean(losses)), low=0, high=9, level=0.95)
    return ArmScores(losses=np.array(losses), measures={}, interval=interval)


def test_the_spread_over_seeds_is_the_unbiased_deviation_within_folds() -> None:
    arm = arm_scores([[1.0, 3.0], [2.0, 2.0]])  # variances 2 and 0, the mean loss 2
    assert seed_spread(arm) == pytest.approx(np.sqrt((2 + 0) / 2) / 2)
    assert seed_spread(arm_scores([[1.0], [5.0]])) == 0
    with_failed = arm_scores([[1.0, 3.0, np.nan], [2.0, 2.0, 2.0]])
    assert seed_spread(with_failed) == pytest.approx(1 / np.nanmean(with_failed.losses))


def test_the_spread_is_a_share_of_the_loss_however_small_the_loss() -> None:
    small, large = ([[scale, 3 * scale], [2 * scale, 2 * scale]] for scale in (1e-6, 1.0))
    assert seed_spread(arm_scores(small)) == pytest.approx(seed_spread(arm_scores(large)))
