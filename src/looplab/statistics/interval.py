"""The interval returned by every function of this package, and the level shared by several of them."""

from dataclasses import dataclass

from looplab.errors import DataError

__all__ = ["Interval", "Number", "check_level", "simultaneous_level"]

Number = float | int


@dataclass(frozen=True, kw_only=True)
class Interval:
    """An estimate and the interval that contains the truth in a given share of repetitions.

    Args:
        estimate: the measured value.
        low: lower end.
        high: upper end.
        level: share of repetitions in which such an interval contains the truth, for instance 0.95.

    >>> print(Interval(estimate=0.25, low=0.2, high=0.31, level=0.95))
    0.25 [0.2, 0.31]
    >>> 0.22 in Interval(estimate=0.25, low=0.2, high=0.31, level=0.95)
    True
    """

    estimate: Number
    low: Number
    high: Number
    level: Number = 0.95

    def __post_init__(self) -> None:
        check_level(self.level)
        if not self.low <= self.high:
            raise DataError("low, high", expected="low at most high", got=f"{self.low} and {self.high}")

    def __contains__(self, value: Number) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        return f"{self.estimate:.3g} [{self.low:.3g}, {self.high:.3g}]"

    @property
    def width(self) -> Number:
        """Upper minus lower end."""
        return self.high - self.low


def simultaneous_level(level: Number, claims: int) -> float:
    """The level each of several intervals needs for all of them to contain the truth at once with at least this level.

    Bonferroni's correction, 1 - (1 - level) / claims. Holm's step-down procedure rejects a little more often, but
    it corrects p-values; the intervals that belong to it are not the simple ones that a reader can draw and compare
    with zero. Bonferroni's are, and they need no assumption about how the claims depend on each other.

    Args:
        level: the level wanted for all together, for instance 0.95.
        claims: how many intervals, at least 1.

    Source: Dunn, Multiple comparisons among means, JASA 56, 1961.

    >>> round(simultaneous_level(0.95, 5), 4)
    0.99
    """
    check_level(level)
    if claims < 1:
        raise DataError("claims", expected="a whole number, at least 1", got=str(claims))
    return 1 - (1 - level) / claims


def check_level(level: Number) -> None:
    """Raise a `DataError` unless the level lies between 0 and 1."""
    if not 0 < level < 1:
        raise DataError(
            "level", expected="a number above 0 and below 1", got=repr(level), fix="Write 0.95 for 95 percent."
        )
