"""A learning rate that rises once and falls once (Smith & Topin, 2018)."""

from looplab.loop.schedules.cosine import half_cosine
from looplab.loop.schedules.schedule import Schedule

__all__ = ["ONE_CYCLE"]


def _factor(done: float) -> float:
    low, end = 1 / 25, 1 / 250_000
    if done < 0.3:
        return low + (1 - low) * (1 - half_cosine(done / 0.3))
    return end + (1 - end) * half_cosine((done - 0.3) / 0.7)


ONE_CYCLE = Schedule(
    name="one-cycle",
    description="up from 0.04 to 1 over the first 30 %, then down to 0.000004, both along half a cosine",
    factor=_factor,
)
