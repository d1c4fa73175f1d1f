"""Verdicts: what an interval says about a claim, never what a point says."""

from collections.abc import Iterable
from typing import Literal

from looplab.errors import DataError
from looplab.statistics.interval import Interval, Number

__all__ = ["Verdict", "all_of", "verdict_above", "verdict_below", "verdict_within"]

Verdict = Literal["holds", "refuted", "undecided"]


def verdict_above(interval: Interval, threshold: Number = 0.0) -> Verdict:
    """The verdict on the claim that the truth is above the threshold.

    It holds when the whole interval is above, is refuted when no part of it is, and is undecided in between.

    >>> verdict_above(Interval(estimate=0.3, low=0.1, high=0.5))
    'holds'
    """
    if interval.low > threshold:
        return "holds"
    return "refuted" if interval.high <= threshold else "undecided"


def verdict_below(interval: Interval, threshold: Number = 0.0) -> Verdict:
    """The verdict on the claim that the truth is below the threshold.

    >>> verdict_below(Interval(estimate=0.3, low=-0.1, high=0.5))
    'undecided'
    """
    if interval.high < threshold:
        return "holds"
    return "refuted" if interval.low >= threshold else "undecided"


def verdict_within(interval: Interval, low: Number, high: Number) -> Verdict:
    """The verdict on the claim that the truth lies between two bounds: "equal, within a tolerance".

    It holds when the whole interval lies between them, and is refuted when all of it lies outside. That an interval
    contains 0 does not show that two things are equal, only that these data cannot tell them apart.

    Raises:
        DataError: `low` above `high`.

    >>> verdict_within(Interval(estimate=0.3, low=-0.1, high=0.5), -1, 1)
    'holds'
    """
    if low > high:
        raise DataError("low, high", expected="low at most high", got=f"{low} and {high}")
    if low <= interval.low and interval.high <= high:
        return "holds"
    return "refuted" if interval.high < low or interval.low > high else "undecided"


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """The verdict on the claim that several things are true: it holds if all do, and is refuted if one is.

    Give the intervals behind the verdicts the `simultaneous_level`.

    >>> all_of(["holds", "undecided"])
    'undecided'
    """
    found = set(verdicts)
    if not found:
        raise DataError("verdicts", expected="at least one", got="none")
    if "refuted" in found:
        return "refuted"
    return "undecided" if "undecided" in found else "holds"
