"""A learning rate that falls, or rises, in a straight line."""

from looplab.loop.schedules.schedule import Number, Schedule

__all__ = ["LINEAR"]


def _factor(step: int, steps: int, *, start_factor: Number = 1.0, end_factor: Number = 0.0) -> float:
    return start_factor + (end_factor - start_factor) * step / steps


LINEAR = Schedule(
    name="linear", description="from `start_factor` to `end_factor` in a straight line, 1 to 0", factor=_factor
)
