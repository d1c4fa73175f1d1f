"""What a rule found in the measures of an experiment's arms."""

from dataclasses import dataclass

from looplab.statistics import Interval, Verdict

__all__ = ["Evidence"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What one rule found.

    Attributes:
        statement: what the rule claims, in words.
        estimated: what the interval estimates, in words.
        interval: estimate and ends.
        verdict: what the interval says about the statement.
    """

    statement: str
    estimated: str
    interval: Interval
    verdict: Verdict

    def __str__(self) -> str:
        return f"{self.statement}: {self.verdict} ({self.estimated} {self.interval})"
