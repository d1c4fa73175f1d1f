"""Rules: from the measures of all arms to an interval, and from the interval to a verdict.

Several rules of one experiment share its level by `looplab.statistics.simultaneous_level`, so that all their intervals
contain the truth at once in 95 of 100 repetitions.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from looplab.experiments.evidence import Evidence
from looplab.statistics import (
    Interval,
    Verdict,
    iqm_interval,
    paired_difference,
    probability_of_improvement,
    rate_difference,
    rate_interval,
    unpaired_difference,
    verdict_above,
    verdict_below,
    verdict_within,
)

__all__ = [
    "Rule",
    "differs_at_most",
    "exceeds_less_often",
    "lower",
    "lower_in_share",
    "probably_lower",
    "rate_above",
    "typically_above",
    "typically_below",
    "typically_within",
]

ArmValues = Mapping[str, np.ndarray]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A statement about arms that an interval can decide.

    Attributes:
        statement: the claim in words.
        estimated: what the interval estimates, in words.
        arms: the names of the arms it is about.
        interval: (values by arm, level) -> interval.
        decide: interval -> verdict.
    """

    statement: str
    estimated: str
    arms: tuple[str, ...]
    interval: Callable[[ArmValues, float], Interval]
    decide: Callable[[Interval], Verdict]

    def judge(self, values: ArmValues, level: float) -> Evidence:
        """The evidence in these values, with an interval of this level."""
        interval = self.interval(values, level)
        return Evidence(
            statement=self.statement, estimated=self.estimated, interval=interval, verdict=self.decide(interval)
        )


def lower(first: str, *, than: str, paired: bool = False) -> Rule:
    """The interquartile mean of the first arm is below the other's; paired if a seed gives both the same start."""
    difference = paired_difference if paired else unpaired_difference
    return Rule(
        statement=f"{first} is typically lower than {than}",
        estimated=f"{'paired ' if paired else ''}interquartile mean difference, {first} − {than},",
        arms=(first, than),
        interval=lambda values, level: difference(values[first], values[than], level=level),
        decide=verdict_below,
    )


def probably_lower(first: str, *, than: str, above: float = 0.5) -> Rule:
    """A random run of the first arm is below a random one of the other with more than this probability."""
    return Rule(
        statement=f"a random run of {first} is lower than one of {than} with probability above {above:g}",
        estimated="probability",
        arms=(first, than),
        interval=lambda values, level: probability_of_improvement(values[than], values[first], level=level),
        decide=lambda interval: verdict_above(interval, above),
    )


def lower_in_share(first: str, *, than: str, above: float) -> Rule:
    """With the same seed the first arm is below the other for more than this share of seeds."""

    def interval(values: ArmValues, level: float) -> Interval:
        return _rate(values[first] < values[than], level)

    return Rule(
        statement=f"{first} is lower than {than} for more than {above:.0%} of the seeds",
        estimated="share of seeds",
        arms=(first, than),
        interval=interval,
        decide=lambda found: verdict_above(found, above),
    )


def rate_above(arm: str, *, exceeds: float, above: float) -> Rule:
    """The measure of an arm exceeds a value for more than this share of the seeds."""
    return Rule(
        statement=f"{arm} is above {exceeds:g} for more than {above:.0%} of the seeds",
        estimated="share of seeds",
        arms=(arm,),
        interval=lambda values, level: _rate(values[arm] > exceeds, level),
        decide=lambda interval: verdict_above(interval, above),
    )


def exceeds_less_often(first: str, *, than: str, exceeds: float) -> Rule:
    """The measure of the first arm exceeds a value for a smaller share of the seeds than that of the other."""

    def interval(values: ArmValues, level: float) -> Interval:
        a, b = values[first] > exceeds, values[than] > exceeds
        return rate_difference(int(a.sum()), len(a), int(b.sum()), len(b), level=level)

    return Rule(
        statement=f"{first} is above {exceeds:g} less often than {than}",
        estimated=f"difference of shares, {first} − {than},",
        arms=(first, than),
        interval=interval,
        decide=verdict_below,
    )


def typically_above(arm: str, bound: float) -> Rule:
    """The interquartile mean of an arm is above a bound."""
    return Rule(
        statement=f"{arm} is typically above {bound:g}",
        estimated="interquartile mean",
        arms=(arm,),
        interval=lambda values, level: iqm_interval(values[arm], level=level),
        decide=lambda interval: verdict_above(interval, bound),
    )


def typically_below(arm: str, bound: float) -> Rule:
    """The interquartile mean of an arm is below a bound."""
    return Rule(
        statement=f"{arm} is typically below {bound:g}",
        estimated="interquartile mean",
        arms=(arm,),
        interval=lambda values, level: iqm_interval(values[arm], level=level),
        decide=lambda interval: verdict_below(interval, bound),
    )


def typically_within(arm: str, low: float, high: float) -> Rule:
    """The interquartile mean of an arm lies between two bounds."""
    return Rule(
        statement=f"{arm} is typically between {low:g} and {high:g}",
        estimated="interquartile mean",
        arms=(arm,),
        interval=lambda values, level: iqm_interval(values[arm], level=level),
        decide=lambda interval: verdict_within(interval, low, high),
    )


def differs_at_most(first: str, second: str, tolerance: float, *, paired: bool = False) -> Rule:
    """The interquartile means of two arms are equal within a tolerance.

    Paired if a seed gives both the same start: then the interquartile mean of what each seed's two differ by, for which
    fewer seeds suffice where the two go together.
    """
    difference = paired_difference if paired else unpaired_difference
    return Rule(
        statement=f"{first} and {second} typically differ by at most {tolerance:g}",
        estimated=f"{'paired ' if paired else ''}interquartile mean difference, {first} − {second},",
        arms=(first, second),
        interval=lambda values, level: difference(values[first], values[second], level=level),
        decide=lambda interval: verdict_within(interval, -tolerance, tolerance),
    )


def _rate(happened: np.ndarray, level: float) -> Interval:
    return rate_interval(int(happened.sum()), len(happened), level=level)
