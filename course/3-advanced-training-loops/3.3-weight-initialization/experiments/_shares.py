"""A rule about how rarely something happens."""

from looplab.experiments import rules
from looplab.statistics import rate_interval, verdict_below

__all__ = ["rarely_above"]


def rarely_above(arm: str, exceeds: float, below: float) -> rules.Rule:
    """The measure of an arm exceeds a value for less than this share of the seeds."""
    return rules.Rule(
        statement=f"{arm} is above {exceeds:g} for less than {below:.0%} of the seeds",
        estimated="share of seeds",
        arms=(arm,),
        interval=lambda values, level: rate_interval(int((values[arm] > exceeds).sum()), len(values[arm]), level=level),
        decide=lambda interval: verdict_below(interval, below),
    )
