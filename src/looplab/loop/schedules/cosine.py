"""A learning rate that falls along half a cosine (Loshchilov & Hutter, 2017, without restarts)."""

import math

from looplab.loop.schedules.schedule import Schedule

__all__ = ["COSINE", "half_cosine"]


def half_cosine(done: float) -> float:
    """From 1 down to 0."""
    return (1 + math.cos(math.pi * done)) / 2


COSINE = Schedule(name="cosine", description="from 1 down to 0 along half a cosine", factor=half_cosine)
