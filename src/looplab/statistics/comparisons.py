"""Two arms compared: by how much does one exceed the other, and how often."""

import math
from typing import Any

import numpy as np
from jaxtyping import Float64
from scipy.special import expit, logit, ndtri

from looplab.errors import DataError
from looplab.statistics.interval import Interval, Number, check_level
from looplab.statistics.iqm import FEWEST, bootstrap_interval, iqm_along, iqm_interval
from looplab.statistics.rates import rate_interval
from looplab.statistics.values import Values, checked_values

__all__ = ["paired_difference", "probability_of_improvement", "unpaired_difference"]


def paired_difference(
    first: Values, second: Values, *, level: Number = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """The interquartile mean of the differences `first - second` of pairs, with its bootstrap interval.

    For runs that share something: a fold, a seed that gives the same initial parameters. Pairs are drawn together.

    Args:
        first: one number per run; at least 8.
        second: the partner of each, in the same order.
        level: share of repetitions in which the interval contains the truth.
        resamples: number of draws.
        seed: fixes the draws.

    Raises:
        DataError: unequal lengths, too few values, or one that is not finite.

    Source: Agarwal et al., NeurIPS 2021.

    >>> print(paired_difference([3.0, 4, 5, 6, 7, 8, 9, 10], [1.0, 2, 3, 4, 5, 6, 7, 8]))
    2 [2, 2]
    """
    a = checked_values("first", first, at_least=FEWEST)
    b = checked_values("second", second, at_least=FEWEST)
    if len(a) != len(b):
        raise DataError(
            "first, second",
            expected="pairs: as many values in one as in the other",
            got=f"{len(a)} and {len(b)}",
            fix="Use unpaired_difference for runs that are not pairs.",
        )
    return iqm_interval(a - b, level=level, resamples=resamples, seed=seed)


def unpaired_difference(
    first: Values, second: Values, *, level: Number = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """The interquartile mean of `first` minus that of `second`, with its stratified bootstrap interval.

    For independent runs; each arm is drawn on its own. Arguments, errors and source as in `paired_difference`, but
    the lengths may differ.

    >>> print(unpaired_difference([3.0] * 8, [1.0] * 10))
    2 [2, 2]
    """
    a = checked_values("first", first, at_least=FEWEST)
    b = checked_values("second", second, at_least=FEWEST)

    def statistic(x: np.ndarray, y: np.ndarray, axis: int = -1) -> Any:
        return iqm_along(x, axis) - iqm_along(y, axis)

    return bootstrap_interval([a, b], statistic, level=level, resamples=resamples, seed=seed)


def probability_of_improvement(first: Values, second: Values, *, level: Number = 0.95) -> Interval:
    """How probable it is that a random run of `first` is above a random run of `second`.

    P(X > Y) + P(X = Y) / 2, estimated over all pairs (the Mann-Whitney statistic over its largest value). The interval
    is symmetric on the scale of log(p / (1 - p)), so that it stays between 0 and 1, with DeLong's standard error; the
    percentile bootstrap, tried first, contained the truth too rarely with 40 runs per arm. Where every value of one arm
    is above every value of the other, the standard error is 0; the interval is then Wilson's, with as many trials as
    the smaller arm has runs.

    Args:
        first: one number per run; at least 8.
        second: the same for the other arm; lengths may differ.
        level: share of repetitions in which the interval contains the truth.

    Raises:
        DataError: too few values, or one that is not finite.

    Source: Agarwal et al., NeurIPS 2021 (the measure); DeLong, DeLong & Clarke-Pearson, Biometrics 44, 1988 (the
    standard error).

    >>> print(probability_of_improvement([3.0, 4, 5, 6, 7, 8, 9, 10], [1.0, 2, 3, 4, 5, 6, 7, 8]))
    0.719 [0.417, 0.901]
    """
    check_level(level)
    a = checked_values("first", first, at_least=FEWEST)
    b = checked_values("second", second, at_least=FEWEST)
    wins = (np.sign(a[:, None] - b[None, :]) + 1) / 2
    estimate = float(wins.mean())
    if estimate in (0.0, 1.0):
        trials = min(wins.shape)
        ends = rate_interval(round(estimate * trials), trials, level=level)
        return Interval(estimate=estimate, low=ends.low, high=ends.high, level=level)
    centre = logit(estimate)
    reach = ndtri((1 + level) / 2) * _standard_error(wins) / (estimate * (1 - estimate))
    return Interval(estimate=estimate, low=float(expit(centre - reach)), high=float(expit(centre + reach)), level=level)


def _standard_error(wins: Float64[np.ndarray, "A B"]) -> float:
    """The standard error of the mean of wins over all pairs, from the spread of single runs' shares in each arm."""
    rows, columns = wins.shape
    return math.sqrt(wins.mean(axis=1).var(ddof=1) / rows + wins.mean(axis=0).var(ddof=1) / columns)
