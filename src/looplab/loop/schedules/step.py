"""A learning rate that falls in steps."""

from looplab.loop.schedules.schedule import Number, Schedule, whole_steps

__all__ = ["STEP"]


def _factor(step: int, steps: int, *, step_size: Number = 1 / 3, gamma: Number = 0.1) -> float:
    size = whole_steps(step_size, steps) if isinstance(step_size, int) else step_size * steps
    return float(gamma ** int(step / size))


STEP = Schedule(
    name="step", description="1, and times `gamma`, a tenth, after each `step_size`, a third of it all", factor=_factor
)
