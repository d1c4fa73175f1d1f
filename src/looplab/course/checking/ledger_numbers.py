"""What a text may quote of a ledger's entry: each number with its name and its kind."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from looplab.course.checking.quoted import Quoted
from looplab.experiments import ArmResult, Report
from looplab.statistics import interquartile_mean

__all__ = ["Measured", "ledger_numbers"]


@dataclass(frozen=True)
class Measured:
    """A number that was measured.

    Attributes:
        name: what it is, in words.
        value: the number.
        kind: "median" also stands for differences and ratios of medians, "value" for any other number of the measure's
            own kind.
    """

    name: str
    value: float
    kind: Literal["median", "value", "share", "count"]

    def answers(self, quoted: Quoted) -> bool:
        """Whether a sentence may mean a number of this kind."""
        if self.kind == "count" or quoted.counted:
            return self.kind == "count" and quoted.is_whole
        if self.kind == "share":
            return quoted.is_share
        return self.kind == "median" or not quoted.is_median


def ledger_numbers(report: Report) -> Iterator[Measured]:
    """All numbers of an entry that a text may quote."""
    yield Measured("the number of seeds", report.seeds, "count")
    for arm in report.arms:
        yield from _of_arm(arm)
    for evidence in report.evidence:
        interval, about = evidence.interval, f"of the rule that {evidence.statement}"
        if "share" in evidence.estimated:
            yield from _counted(about, interval.estimate, report.seeds)
            yield Measured(f"the low end {about}", interval.low, "share")
            yield Measured(f"the high end {about}", interval.high, "share")
        else:
            yield Measured(f"the estimate {about}", interval.estimate, "value")
            yield Measured(f"the low end {about}", interval.low, "value")
            yield Measured(f"the high end {about}", interval.high, "value")
    for one, other in itertools.permutations(report.arms, 2):
        yield from _of_two(one, other)


def _of_arm(arm: ArmResult) -> Iterator[Measured]:
    name, values = arm.name, arm.values
    lower, median, upper = np.quantile(values, [0.25, 0.5, 0.75]).tolist()
    yield Measured(f"the median of {name}", median, "median")
    yield Measured(f"the lower quartile of {name}", lower, "value")
    yield Measured(f"the upper quartile of {name}", upper, "value")
    yield Measured(f"the interquartile mean of {name}", interquartile_mean(values), "value")
    yield Measured(f"the mean of {name}", float(values.mean()), "value")
    yield Measured(f"the least of {name}", float(values.min()), "value")
    yield Measured(f"the largest of {name}", float(values.max()), "value")
    yield from _counted(f"of failures of {name}", arm.failures / len(values), len(values))
    yield from _counted(f"of seeds with {name} above 0", float((values > 0).mean()), len(values))


def _of_two(one: ArmResult, other: ArmResult) -> Iterator[Measured]:
    first, second = float(np.median(one.values)), float(np.median(other.values))
    both = f"{one.name} and {other.name}"
    yield Measured(f"the difference of the medians of {both}", first - second, "median")
    yield Measured(f"the median difference of {both}", float(np.median(one.values - other.values)), "median")
    if second:
        yield Measured(f"the ratio of the medians of {both}", first / second, "median")
    share = float((one.values < other.values).mean())
    yield from _counted(f"of seeds with {one.name} below {other.name}", share, len(one.values))


def _counted(about: str, share: float, seeds: int) -> Iterator[Measured]:
    """A share and its rest, and both as numbers of seeds."""
    yield Measured(f"the share {about}", share, "share")
    yield Measured(f"the rest of the share {about}", 1 - share, "share")
    yield Measured(f"the number {about}", round(share * seeds), "count")
    yield Measured(f"the rest of the number {about}", round((1 - share) * seeds), "count")
