"""What a schedule is: what the learning rate is multiplied with at each step."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Schedule"]


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One schedule.

    Attributes:
        name: the name in recipes, "one-cycle".
        description: what it does to the learning rate, a phrase.
        factor: what the learning rate is multiplied with, a pure function of the share of the training that is done,
            from 0 at the first step towards 1 at the end.
        varies: whether the factor is anything but 1.
    """

    name: str
    description: str
    factor: Callable[[float], float]
    varies: bool = True
