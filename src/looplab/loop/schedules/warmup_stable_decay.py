"""A learning rate that rises, stays, and falls at the end (Hu et al., 2024), so that a training can be prolonged."""

from looplab.loop.schedules.schedule import Number, Schedule, whole_steps
from looplab.loop.schedules.warmup import warming_up

__all__ = ["WARMUP_STABLE_DECAY"]


def _factor(
    step: int,
    steps: int,
    *,
    warmup: Number = 0.1,
    decay: Number = 0.2,
    start_factor: Number = 0.01,
    end_factor: Number = 0.0,
) -> float:
    length = whole_steps(decay, steps)
    falling = step - (steps - length)
    if falling > 0:
        return 1 + (end_factor - 1) * falling / length
    return warming_up(step, whole_steps(warmup, steps), start_factor)


WARMUP_STABLE_DECAY = Schedule(
    name="warmup-stable-decay",
    description="up from `start_factor` to 1 over `warmup`, then 1, down to `end_factor` over the last `decay`, in "
    "straight lines",
    factor=_factor,
)
