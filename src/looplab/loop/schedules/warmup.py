"""A learning rate that starts low."""

from looplab.loop.schedules.schedule import Schedule

__all__ = ["WARMUP"]


def _factor(done: float) -> float:
    return min(1.0, 0.01 + 0.99 * done / 0.1)


WARMUP = Schedule(
    name="warmup", description="up from 0.01 to 1 in a straight line over the first tenth, then 1", factor=_factor
)
