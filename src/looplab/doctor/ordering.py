"""Whether class numbers have an order in the data, as grades have and names do not."""

import torch
from torch import Tensor

from looplab.doctor.record import Record

__all__ = ["in_order"]

ORDERED = 0.6
"""Correlation between the distances of numbers and of mean inputs, above which numbers are taken for quantities."""


def in_order(record: Record) -> bool:
    """Whether classes whose numbers are close have inputs that are close; False where inputs are no numbers."""
    inputs, targets = record.fed, record.targets
    if inputs is None or targets is None or not inputs.is_floating_point() or len(inputs) != len(targets):
        return False
    rows, labels = inputs.detach().double().flatten(1), targets.detach().flatten().long()
    if len(labels) != len(rows) or not bool(torch.isfinite(rows).all()):
        return False
    rows = (rows - rows.mean(dim=0)) / rows.std(dim=0).clamp(min=1e-9)
    numbers = labels.unique()
    means = torch.stack([rows[labels == number].mean(dim=0) for number in numbers])
    upper = torch.triu_indices(len(numbers), len(numbers), offset=1)
    apart = torch.cdist(means, means)[upper[0], upper[1]]
    steps = (numbers[upper[0]] - numbers[upper[1]]).abs().double()
    return _correlation(apart, steps) > ORDERED


def _correlation(first: Tensor, second: Tensor) -> float:
    first, second = first - first.mean(), second - second.mean()
    scale = float(first.norm() * second.norm())
    return float(first @ second) / scale if scale > 0 else 0.0
