"""A rule about two arms that begin at the same parameters and are said to end alike."""

from looplab.experiments import rules
from looplab.statistics import paired_difference, verdict_within

__all__ = ["ends_alike"]


def ends_alike(first: str, second: str, tolerance: float) -> rules.Rule:
    """From the same start the two arms typically end within this tolerance."""
    return rules.Rule(
        statement=f"from the same start {first} and {second} typically differ by at most {tolerance:g}",
        estimated=f"paired interquartile mean difference, {first} − {second},",
        arms=(first, second),
        interval=lambda values, level: paired_difference(values[first], values[second], level=level),
        decide=lambda interval: verdict_within(interval, -tolerance, tolerance),
    )
