"""A learning rate that falls by the same ratio at each step."""

from looplab.loop.schedules.schedule import Schedule

__all__ = ["EXPONENTIAL"]


def _factor(done: float) -> float:
    return float(0.01**done)


EXPONENTIAL = Schedule(
    name="exponential", description="from 1 down to 0.01, by the same ratio at each step", factor=_factor
)
