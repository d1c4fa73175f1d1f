"""A learning rate that falls in steps."""

from looplab.loop.schedules.schedule import Schedule

__all__ = ["STEP"]


def _factor(done: float) -> float:
    return float(0.1 ** int(3 * done))


STEP = Schedule(name="step", description="1, then 0.1, then 0.01, a third of the training each", factor=_factor)
