"""Intervals hold the truth as often as they say: 95 per cent means 93 to 97, by simulation with fixed seeds."""

import math
from collections.abc import Callable, Iterable
from functools import cache

import numpy as np
import pytest
from scipy import stats

from looplab.statistics import (
    Interval,
    corrected_resampled_t,
    iqm_interval,
    paired_difference,
    probability_of_improvement,
    rate_difference,
    rate_interval,
    simultaneous_level,
    unpaired_difference,
)

REPETITIONS = 1000
RESAMPLES = 500
Draw = Callable[[np.random.Generator, int], np.ndarray]


def normal(random: np.random.Generator, runs: int) -> np.ndarray:
    return random.normal(size=runs)


def skewed(random: np.random.Generator, runs: int) -> np.ndarray:
    return random.exponential(size=runs)


def two_humps(random: np.random.Generator, runs: int) -> np.ndarray:
    """Like the final losses on moons: most runs near 0.06, a third near 0.27."""
    return np.where(random.random(runs) < 0.35, 0.27, 0.06) + 0.01 * random.normal(size=runs)


def true_iqm(draw: Draw) -> float:
    return float(stats.trim_mean(draw(np.random.default_rng(1), 2_000_000), 0.25))


def assert_covers(intervals: Iterable[Interval], truth: float) -> None:
    share = np.mean([truth in interval for interval in intervals])
    assert 0.93 <= share <= 0.97


@pytest.mark.parametrize("draw", [normal, skewed, two_humps])
def test_the_interquartile_mean(draw: Draw) -> None:
    random = np.random.default_rng(3)
    intervals = (iqm_interval(draw(random, 48), resamples=RESAMPLES, seed=s) for s in range(REPETITIONS))
    assert_covers(intervals, true_iqm(draw))


def test_the_interquartile_mean_over_tasks() -> None:
    random, shifts = np.random.default_rng(4), np.array([0.0, 1.0, 3.0])
    truth = float(stats.trim_mean(random.normal(size=(500_000, 3)) + shifts, 0.25, axis=None))
    samples = (random.normal(size=(24, 3)) + shifts for _ in range(REPETITIONS))
    assert_covers((iqm_interval(sample, resamples=RESAMPLES, seed=s) for s, sample in enumerate(samples)), truth)


def test_the_paired_difference() -> None:
    random = np.random.default_rng(5)

    def interval(seed: int) -> Interval:
        shared = random.normal(size=40)
        return paired_difference(shared + 0.3 * random.normal(size=40), shared - 1, resamples=RESAMPLES, seed=seed)

    assert_covers(map(interval, range(REPETITIONS)), 1.0)


def test_the_unpaired_difference() -> None:
    random, truth = np.random.default_rng(6), true_iqm(skewed) - true_iqm(two_humps)

    def interval(seed: int) -> Interval:
        return unpaired_difference(skewed(random, 40), two_humps(random, 60), resamples=RESAMPLES, seed=seed)

    assert_covers(map(interval, range(REPETITIONS)), truth)


@pytest.mark.parametrize("shift", [0.0, 1.0, 2.0])
def test_the_probability_of_improvement(shift: float) -> None:
    random, truth = np.random.default_rng(7), float(stats.norm.cdf(shift / np.sqrt(2)))

    def interval() -> Interval:
        return probability_of_improvement(random.normal(shift, size=40), random.normal(size=50))

    assert_covers((interval() for _ in range(2000)), truth)


@pytest.mark.parametrize("rate", [0.05, 0.35, 0.5, 0.9])
def test_the_rate(rate: float) -> None:
    """Computed, not drawn: the probability of every count times whether its interval holds the rate."""
    trials = 256
    counts = np.arange(trials + 1)
    held = np.array([rate in rate_interval(int(count), trials) for count in counts])
    assert 0.93 <= float(stats.binom.pmf(counts, trials, rate) @ held) <= 0.97


@pytest.mark.parametrize(("first", "second"), [(0.35, 0.1), (0.5, 0.5), (0.2, 0.05)])
def test_the_difference_of_rates(first: float, second: float) -> None:
    random = np.random.default_rng(8)
    pairs = zip(random.binomial(128, first, 3000).tolist(), random.binomial(128, second, 3000).tolist(), strict=True)
    interval = cache(lambda a, b: rate_difference(a, 128, b, 128))
    assert_covers((interval(a, b) for a, b in pairs), first - second)


@pytest.mark.parametrize(("folds", "repetitions"), [(5, 1), (10, 10)])
def test_the_corrected_resampled_t(folds: int, repetitions: int) -> None:
    """Differences of folds are correlated by test rows over all rows, which is what the correction assumes."""
    random, count, correlation = np.random.default_rng(9), folds * repetitions, 1 / folds

    def differences() -> np.ndarray:
        own = math.sqrt(1 - correlation) * random.normal(size=count)
        return own + (0.2 + math.sqrt(correlation) * random.normal())

    intervals = (
        corrected_resampled_t(differences(), train_rows=100 * (1 - correlation), test_rows=100 * correlation)
        for _ in range(3000)
    )
    assert_covers(intervals, 0.2)


def test_several_rates_at_once() -> None:
    random, level = np.random.default_rng(10), simultaneous_level(0.95, 4)
    wide = {count: rate_interval(count, 256, level=level) for count in range(257)}
    counts = random.binomial(256, [0.1, 0.3, 0.5, 0.9], size=(5000, 4))
    held = [all(p in wide[int(c)] for c, p in zip(row, (0.1, 0.3, 0.5, 0.9), strict=True)) for row in counts]
    assert 0.93 <= np.mean(held) <= 0.97
