"""What a schedule is: the factor of the learning rate at each step."""

from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Schedule"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Schedule:
    """One schedule.

    Attributes:
        name: the name in recipes, "one-cycle".
        description: what it does to the learning rate, a phrase.
        factor: the factor of the learning rate, a pure function of the share of the training that is done,
            from 0 at the first step towards 1 at the end.
        varies: whether the factor is ever anything but 1.
    """

    name: str
    description: str
    factor: Callable[[float], float]
    varies: bool = True
