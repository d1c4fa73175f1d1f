"""The constant learning rate."""

from looplab.loop.schedules.schedule import Schedule

__all__ = ["CONSTANT"]


def _factor(step: int, steps: int) -> float:
    return 1.0


CONSTANT = Schedule(name="constant", description="always the same", factor=_factor, varies=False)
