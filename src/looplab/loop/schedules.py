"""Learning-rate schedules: what the learning rate is multiplied with at each step.

A schedule is a pure function of the share of the training that is done, from 0 at the first step towards 1 at the end.
"""

import math
from collections.abc import Callable

__all__ = ["SCHEDULES", "lr_factor"]


def constant(done: float) -> float:
    """Always 1."""
    return 1.0


def step(done: float) -> float:
    """1, then 0.1, then 0.01, a third of the training each."""
    return float(0.1 ** int(3 * done))


def exponential(done: float) -> float:
    """From 1 down to 0.01, by the same ratio at each step."""
    return float(0.01**done)


def cosine(done: float) -> float:
    """From 1 down to 0 along half a cosine (Loshchilov & Hutter, 2017, without restarts)."""
    return (1 + math.cos(math.pi * done)) / 2


def warmup(done: float) -> float:
    """Up from 0.01 to 1 in a straight line over the first tenth, then 1."""
    return min(1.0, 0.01 + 0.99 * done / 0.1)


def one_cycle(done: float) -> float:
    """Up from 0.04 to 1 over the first 30 %, then down to 0.000004, both along half a cosine (Smith & Topin, 2018)."""
    low, end = 1 / 25, 1 / 250_000
    if done < 0.3:
        return low + (1 - low) * (1 - cosine(done / 0.3))
    return end + (1 - end) * cosine((done - 0.3) / 0.7)


SCHEDULES: dict[str, Callable[[float], float]] = {
    "constant": constant,
    "step": step,
    "exponential": exponential,
    "cosine": cosine,
    "warmup": warmup,
    "one-cycle": one_cycle,
}


def lr_factor(schedule: str, step: int, total_steps: int) -> float:
    """What the learning rate is multiplied with at a step (counted from 0) of so many.

    >>> [round(lr_factor("cosine", step, 4), 3) for step in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    return SCHEDULES[schedule](step / total_steps)
