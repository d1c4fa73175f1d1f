"""A learning rate that starts low."""

from looplab.loop.schedules.schedule import Number, Schedule, whole_steps

__all__ = ["WARMUP", "warming_up"]


def warming_up(step: int, length: int, start_factor: Number) -> float:
    """From a factor up to 1 in a straight line over so many steps, then 1."""
    return 1.0 if step >= length else start_factor + (1 - start_factor) * step / length


def _factor(step: int, steps: int, *, warmup: Number = 0.1, start_factor: Number = 0.01) -> float:
    return warming_up(step, whole_steps(warmup, steps), start_factor)


WARMUP = Schedule(
    name="warmup", description="up from `start_factor` to 1 in a straight line over `warmup`, then 1", factor=_factor
)
