"""A learning rate that falls by the same ratio at each step."""

from looplab.loop.schedules.schedule import Number, Schedule

__all__ = ["EXPONENTIAL"]


def _factor(step: int, steps: int, *, gamma: Number | None = None) -> float:
    return float(0.01 ** (step / steps) if gamma is None else gamma**step)


EXPONENTIAL = Schedule(
    name="exponential", description="times `gamma` at each step; without it from 1 down to 0.01", factor=_factor
)
