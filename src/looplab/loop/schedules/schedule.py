"""What a schedule is: the factor of the learning rate at each step."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeAlias

import torch

from looplab.registry import Cannot

__all__ = ["Number", "Schedule", "whole_steps"]

Number: TypeAlias = int | float
"""What an option is: a whole number tells a length in steps from one in shares of the training."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Schedule:
    """One schedule.

    Attributes:
        name: the name in recipes, "one-cycle".
        description: what it does to the learning rate, a phrase.
        factor: (step, steps, *, …) -> the factor of the learning rate, a pure function of the step, counted from 0, of
            the number of steps, and of options with their defaults.
        varies: whether the factor is ever anything but 1.
        momentum: (step, steps, and all options) -> the momentum, or β₁; None leaves it to the recipe.
        follows: (optimizer, *, …) -> torch's scheduler, which is told each loss that is recorded, of validation rows if
            there are any; it sets the learning rates then, and the factor is not asked for.
        unstacked: why replicas cannot follow it together, by its options; None where they can.
    """

    name: str
    description: str
    factor: Callable[..., float]
    varies: bool = True
    momentum: Callable[..., float | None] | None = None
    follows: Callable[..., torch.optim.lr_scheduler.ReduceLROnPlateau] | None = None
    unstacked: Mapping[str, Cannot] | Cannot | None = field(default=None)

    @cached_property
    def options(self) -> dict[str, Any]:
        """Its options, with their defaults."""
        asked = inspect.signature(self.follows or self.factor).parameters.values()
        return {each.name: each.default for each in asked if each.kind is each.KEYWORD_ONLY}

    def why_not_stacked(self, options: Mapping[str, Any]) -> str | None:
        """Why replicas cannot follow it together with these options, as a clause; None if they can."""
        if isinstance(self.unstacked, Cannot):
            return f"the schedule '{self.name}' is for one training alone: {self.unstacked.reason}"
        for name, cannot in (self.unstacked or {}).items():
            if options.get(name):
                return f"the schedule '{self.name}' with {name} is for one training alone: {cannot.reason}"
        return None


def whole_steps(length: Number, steps: int) -> int:
    """A length as a number of steps: a whole number is one, any other a share of the training.

    >>> whole_steps(50, 1000), whole_steps(0.1, 1000), whole_steps(0.01, 30), whole_steps(0.0, 30)
    (50, 100, 1, 0)
    """
    if isinstance(length, int):
        return length
    return max(1, round(length * steps)) if length > 0 else 0
