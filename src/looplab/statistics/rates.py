"""How often something happens: a rate, and the difference of two."""

import math

from scipy import stats

from looplab.errors import DataError
from looplab.statistics.interval import Interval, Number, check_level

__all__ = ["rate_difference", "rate_interval"]


def rate_interval(count: int, trials: int, *, level: Number = 0.95) -> Interval:
    """A rate with its Wilson score interval, which never leaves 0 to 1 and is also right for rare events.

    With p̂ = count / trials and z the normal quantile, the interval contains every p for which
    |p̂ - p| ≤ z √(p (1 - p) / trials).

    Args:
        count: how often it happened, 0 to trials.
        trials: how often it could have, at least 1.
        level: share of repetitions in which the interval contains the truth.

    Raises:
        DataError: a count below 0 or above trials, or no trials.

    Source: Wilson, JASA 22, 1927.

    >>> print(rate_interval(7, 20))
    0.35 [0.181, 0.567]
    """
    check_level(level)
    if trials < 1:
        raise DataError("trials", expected="at least 1", got=str(trials))
    if not 0 <= count <= trials:
        raise DataError("count", expected=f"0 to {trials}, the number of trials", got=str(count))
    ends = stats.binomtest(int(count), int(trials)).proportion_ci(confidence_level=level, method="wilson")
    return Interval(estimate=count / trials, low=float(ends.low), high=float(ends.high), level=level)


def rate_difference(
    first_count: int, first_trials: int, second_count: int, second_trials: int, *, level: Number = 0.95
) -> Interval:
    """The first rate minus the second, for independent trials, with Newcombe's interval.

    With Wilson's intervals [l₁, u₁] and [l₂, u₂] of the two rates, the ends are
    p̂₁ - p̂₂ - √((p̂₁ - l₁)² + (u₂ - p̂₂)²) and p̂₁ - p̂₂ + √((u₁ - p̂₁)² + (p̂₂ - l₂)²).

    Args:
        first_count: how often it happened in the first arm.
        first_trials: how often it could have.
        second_count: the same for the second arm.
        second_trials: the same for the second arm.
        level: share of repetitions in which the interval contains the truth.

    Raises:
        DataError: a count below 0 or above its trials, or no trials.

    Source: Newcombe, Statistics in Medicine 17, 1998, method 10.

    >>> print(rate_difference(56, 70, 48, 80))
    0.2 [0.0524, 0.334]
    """
    first = rate_interval(first_count, first_trials, level=level)
    second = rate_interval(second_count, second_trials, level=level)
    difference = first.estimate - second.estimate
    below = math.hypot(first.estimate - first.low, second.high - second.estimate)
    above = math.hypot(first.high - first.estimate, second.estimate - second.low)
    return Interval(estimate=difference, low=difference - below, high=difference + above, level=level)
