"""A learning rate that rises in a straight line and falls along half a cosine: the usual one of transformers."""

from looplab.loop.schedules.cosine import half_cosine
from looplab.loop.schedules.schedule import Number, Schedule, whole_steps
from looplab.loop.schedules.warmup import warming_up

__all__ = ["WARMUP_COSINE"]


def _factor(
    step: int, steps: int, *, warmup: Number = 0.1, start_factor: Number = 0.01, end_factor: Number = 0.0
) -> float:
    length = whole_steps(warmup, steps)
    if step < length:
        return warming_up(step, length, start_factor)
    return end_factor + (1 - end_factor) * half_cosine((step - length) / (steps - length))


WARMUP_COSINE = Schedule(
    name="warmup-cosine",
    description="up from `start_factor` to 1 in a straight line over `warmup`, then down to `end_factor` along half a "
    "cosine",
    factor=_factor,
)
