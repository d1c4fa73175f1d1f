"""A learning rate that falls along half a cosine (Loshchilov & Hutter, 2017, without restarts)."""

import math

from looplab.loop.schedules.schedule import Number, Schedule

__all__ = ["COSINE", "half_cosine"]


def half_cosine(done: float) -> float:
    """From 1 down to 0."""
    return (1 + math.cos(math.pi * done)) / 2


def _factor(step: int, steps: int, *, end_factor: Number = 0.0) -> float:
    return end_factor + (1 - end_factor) * half_cosine(step / steps)


COSINE = Schedule(name="cosine", description="from 1 down to `end_factor` along half a cosine", factor=_factor)
