"""Two learners compared in repeated cross-validation, where folds share training rows."""

import math

from scipy import stats

from looplab.errors import DataError
from looplab.statistics.interval import Interval, Number, check_level
from looplab.statistics.values import Values, checked_values

__all__ = ["corrected_resampled_t"]


def corrected_resampled_t(
    differences: Values, *, train_rows: Number, test_rows: Number, level: Number = 0.95
) -> Interval:
    """The mean difference of two learners over folds, with the interval of the corrected resampled t-test.

    Folds share training rows, so their differences are correlated and the plain t-interval is far too narrow. With J
    differences of mean m and variance s², the interval is m ± t √((1/J + test_rows / train_rows) s²), where t is the
    quantile of Student's distribution with J - 1 degrees of freedom.

    Args:
        differences: one number per fold and repetition: score of one learner minus that of the other; at least 2.
        train_rows: rows in a training fold; the mean where folds differ.
        test_rows: rows in a test fold; the mean where folds differ.
        level: share of repetitions in which the interval contains the truth.

    Raises:
        DataError: too few values, one that is not finite, or folds without rows.

    Source: Nadeau & Bengio, Inference for the Generalization Error, Machine Learning 52, 2003 (for random
    splits; for repeated K-fold: Bouckaert & Frank, PAKDD 2004).

    >>> print(corrected_resampled_t([0.1, 0.2, 0.15, 0.05, 0.1], train_rows=80, test_rows=20))
    0.12 [0.0138, 0.226]
    """
    check_level(level)
    array = checked_values("differences", differences, at_least=2)
    for name, rows in (("train_rows", train_rows), ("test_rows", test_rows)):
        if not (math.isfinite(rows) and rows > 0):
            raise DataError(name, expected="a number above 0", got=repr(rows))
    mean = float(array.mean())
    error = math.sqrt((1 / len(array) + test_rows / train_rows) * float(array.var(ddof=1)))
    reach = float(stats.t.ppf((1 + level) / 2, len(array) - 1)) * error
    return Interval(estimate=mean, low=mean - reach, high=mean + reach, level=level)
