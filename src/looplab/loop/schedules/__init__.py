"""Schedules of the learning rate: one file each in this folder; nothing else names them."""

from collections.abc import Mapping
from typing import Any

from looplab.loop.schedules.schedule import Schedule
from looplab.registry import Registry

__all__ = ["SCHEDULES", "Schedule", "lr_factor"]

SCHEDULES: Registry[Schedule] = Registry("schedule", Schedule)
"""The schedules by name."""

SCHEDULES.register_folder(__name__, __path__)

_NONE: Mapping[str, Any] = {}


def lr_factor(schedule: str, step: int, total_steps: int, options: Mapping[str, Any] = _NONE) -> float:
    """The factor of the learning rate at a step (counted from 0), given the number of steps and the schedule's options.

    >>> [round(lr_factor("cosine", step, 4), 3) for step in range(4)]
    [1.0, 0.854, 0.5, 0.146]
    """
    return SCHEDULES[schedule].factor(step, total_steps, **options)
