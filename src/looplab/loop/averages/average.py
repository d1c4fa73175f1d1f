"""What an average of weights is: how much the parameters after each step count in it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

__all__ = ["Average"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Average:
    """One way to average the parameters of a training along its way.

    Attributes:
        name: the name in recipes, "ema".
        description: what it does, a phrase.
        share: (step, steps, *, …) -> how much of the way from the average to the parameters after a step, counted from
            0, the average goes: 1 makes it those parameters, 0 leaves it. A pure function of the step, of the number of
            steps, and of options with their defaults. None takes the last parameters, and averages nothing.
    """

    name: str
    description: str
    share: Callable[..., float] | None

    @cached_property
    def options(self) -> dict[str, Any]:
        """Its options, with their defaults."""
        asked = () if self.share is None else inspect.signature(self.share).parameters.values()
        return {each.name: each.default for each in asked if each.kind is each.KEYWORD_ONLY}
