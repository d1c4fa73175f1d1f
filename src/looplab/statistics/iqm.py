"""The interquartile mean and its bootstrap interval."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from jaxtyping import Shaped
from scipy import stats

from looplab.errors import DataError
from looplab.statistics.interval import Interval, Number, check_level
from looplab.statistics.values import Values, checked_values

__all__ = ["FEWEST", "bootstrap_interval", "interquartile_mean", "iqm_along", "iqm_interval"]

FEWEST = 8
"""The fewest values a bootstrap needs: with fewer, its intervals are too narrow."""

_TRIMMED = 0.25
_BATCH_NUMBERS = 2_000_000


def interquartile_mean(values: Values) -> float:
    """The mean of the middle half of the values: like the median robust to outliers, and more precise.

    A quarter of the values, rounded down, is left out at each end.

    Source: Agarwal et al., Deep Reinforcement Learning at the Edge of the Statistical Precipice, NeurIPS 2021.

    >>> interquartile_mean([1, 2, 3, 1000])
    2.5
    """
    return float(iqm_along(checked_values("values", values, at_least=1)))


def iqm_interval(
    values: Values | Shaped[np.ndarray, "R M"], *, level: Number = 0.95, resamples: int = 2000, seed: int = 0
) -> Interval:
    """The interquartile mean with its stratified bootstrap interval.

    Runs are drawn with replacement; the interval lies between the percentiles of the interquartile means of the draws.
    With several tasks (folds, datasets), one column each, runs are drawn within each task on its own, and the
    interquartile mean is taken over all of them together: the tasks are fixed, only the runs are a sample.

    Args:
        values: R runs, or R runs by M tasks; at least 8 runs.
        level: share of repetitions in which the interval contains the truth.
        resamples: number of draws.
        seed: fixes the draws.

    Raises:
        DataError: too few values, or one that is not finite.

    Cost: 30 ms for 256 values. All values equal give an interval of width 0.
    Source: Agarwal et al., NeurIPS 2021.

    >>> print(iqm_interval([0.1, 0.2, 0.3, 0.2, 0.25, 0.15, 0.22, 5.0]))
    0.217 [0.163, 1.44]
    """
    tasks = _columns(values)

    def statistic(*columns: np.ndarray, axis: int = -1) -> Any:
        return iqm_along(np.concatenate(columns, axis=axis), axis)

    return bootstrap_interval(tasks, statistic, level=level, resamples=resamples, seed=seed)


def bootstrap_interval(
    samples: Sequence[np.ndarray],
    statistic: Callable[..., Any],
    *,
    level: Number,
    resamples: int,
    seed: int,
    paired: bool = False,
) -> Interval:
    """The percentile bootstrap interval of a statistic of some samples, each drawn on its own unless they are paired.

    Args:
        samples: arrays of one number per run.
        statistic: from the samples and `axis` to the statistic along that axis.
        level: share of repetitions in which the interval contains the truth.
        resamples: number of draws.
        seed: fixes the draws.
        paired: draw the same runs from all samples.
    """
    check_level(level)
    if resamples < 100:
        raise DataError("resamples", expected="at least 100", got=str(resamples))
    ends = stats.bootstrap(
        tuple(samples),
        statistic,
        n_resamples=resamples,
        batch=max(1, _BATCH_NUMBERS // sum(map(len, samples))),
        vectorized=True,
        paired=paired,
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    ).confidence_interval
    return Interval(
        estimate=float(statistic(*samples, axis=-1)), low=float(ends.low), high=float(ends.high), level=level
    )


def iqm_along(array: np.ndarray, axis: int = -1) -> Any:
    """The interquartile means along an axis."""
    return stats.trim_mean(array, _TRIMMED, axis=axis)


def _columns(values: Values | np.ndarray) -> list[np.ndarray]:
    if isinstance(values, np.ndarray) and values.ndim == 2:
        return [checked_values(f"task {task}", column, at_least=FEWEST) for task, column in enumerate(values.T)]
    return [checked_values("values", values, at_least=FEWEST)]
