"""How far a training has come: what the rules about optimizer and loop ask first."""

import math
from statistics import median

import torch

from looplab.doctor.record import Record
from looplab.doctor.running import evaluated
from looplab.doctor.task import Score, score

__all__ = ["at_end", "at_start", "is_finite", "left", "median_update", "slope"]


def at_start(record: Record) -> Score | None:
    """How well the untrained model does on the rows that are trained with."""
    if record.fed is None or record.targets is None or len(record.fed) != len(record.targets):
        return None
    outputs = evaluated(record.start, record.fed)
    return None if outputs is None else score(outputs, record.targets, record.task)


def at_end(record: Record) -> Score | None:
    """How well it does on them in the end."""
    return record.epochs[-1].train if record.epochs else None


def left(record: Record) -> float:
    """Share of the constant answer's loss that is left in the end; infinite where it is no number."""
    end = at_end(record)
    return end.unexplained if end is not None and math.isfinite(end.unexplained) else math.inf


def is_finite(record: Record) -> bool:
    """Whether no step's loss is infinite or NaN."""
    return all(math.isfinite(step.loss) for step in record.steps)


def median_update(record: Record) -> float:
    """The median, over the steps with an update, of the change of all parameters relative to their size."""
    ratios = []
    for step in record.steps:
        size = float(step.weights.square().sum().sqrt())
        if step.optimizer_steps and size > 0:
            ratios.append(float(step.updates.square().sum().sqrt()) / size)
    return median(ratios) if ratios else 0.0


def slope(record: Record) -> float:
    """By which share the mean loss of the last quarter of the steps lies below that of the quarter before."""
    losses = torch.tensor([step.loss for step in record.steps], dtype=torch.float64)
    quarter = len(losses) // 4
    if quarter < 2:
        return 0.0
    last, before = float(losses[-quarter:].mean()), float(losses[-2 * quarter : -quarter].mean())
    return (before - last) / abs(before) if before else 0.0
