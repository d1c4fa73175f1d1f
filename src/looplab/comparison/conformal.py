"""Intervals for single predictions, from what a model missed on rows that it had not learnt from.

Source: Vovk, Cross-conformal Predictors, Annals of Mathematics and Artificial Intelligence 74, 2015.
"""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.scoring import Scores
from looplab.errors import CompareError

__all__ = ["COVERAGE", "half_widths", "missed"]

COVERAGE = 0.9
"""The share of new rows whose target an interval is to contain, unless the user names another."""

_MOST = 10_000  # rows that a file keeps


def missed(scores: Sequence[Scores], seed: int) -> NDArray[np.float64] | None:
    """The absolute residuals n×O to keep in a file, of each row at most one; None for classes.

    Args:
        scores: an arm's on folds whose test rows do not overlap.
        seed: fixes which 10,000 are kept if there are more: the others would hardly make the intervals better.
    """
    parts = [each.residuals for each in scores if each.residuals is not None]
    if not parts:
        return None
    residuals: NDArray[np.float64] = np.abs(np.concatenate(parts))
    if len(residuals) > _MOST:
        residuals = np.random.default_rng(seed).permutation(residuals)[:_MOST]
    return residuals


def half_widths(residuals: NDArray[np.float64], coverage: float) -> NDArray[np.float64]:
    """By how much the interval of each of O outputs extends to either side of the prediction.

    With n absolute residuals it is the k-th smallest, k = ⌈(n + 1) · coverage⌉. If a new row is drawn like the others
    and its residual like theirs, it is inside with a probability of at least `coverage`. The residuals are those of
    models that learnt from fewer rows than the saved one, so that intervals tend to be a little wide.

    Args:
        residuals: n×O absolute residuals.
        coverage: above 0 and below 1.

    Raises:
        CompareError: a coverage that is not between 0 and 1, or one that needs more residuals.

    >>> half_widths(np.array([[3.0], [1.0], [2.0], [4.0]]), 0.8)
    array([4.])
    """
    if not 0 < coverage < 1:
        raise CompareError(
            "coverage", expected="a share above 0 and below 1", got=f"{coverage:g}", fix="Write 0.9 for 90 %."
        )
    rows = len(residuals)
    place = math.ceil((rows + 1) * coverage - 1e-9)
    if place > rows:
        most = math.floor(1000 * rows / (rows + 1)) / 1000
        raise CompareError(
            "coverage",
            expected=f"at most {most:g}, for which the {rows:,} rows of training suffice",
            got=f"{coverage:g}",
            fix="Ask for less, or compare on more rows.",
        )
    return np.asarray(np.sort(residuals, axis=0)[place - 1], dtype=np.float64)
