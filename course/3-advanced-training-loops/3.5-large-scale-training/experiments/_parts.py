"""Batches in parts of 40, 40 and 21 rows, whose means are weighed by their rows or not."""

from functools import cache

import torch
from torch import Tensor, nn

from looplab import Dataset, load, mlp

__all__ = ["BATCH", "MOST", "digits", "error_of_gradient", "network"]

BATCH, MOST = 101, 40


@cache
def digits() -> Dataset:
    """The digits, read once."""
    return load("digits")


def network() -> nn.Module:
    """64→64→64→10 with ReLU."""
    return mlp(64, [64, 64], 10)


def gradient(model: nn.Module, rows: Tensor, share: float = 1.0) -> Tensor:
    """All gradients of a share of the mean loss over these rows, in one vector."""
    loss = nn.functional.cross_entropy(model(digits().inputs[rows]), digits().targets[rows])
    return torch.cat([g.flatten() for g in torch.autograd.grad(share * loss, list(model.parameters()))])


def error_of_gradient(weighed: bool, in_order: bool) -> float:
    """The norm of what a gradient in parts is off by, over the norm of that of the whole batch, at a random start.

    Args:
        weighed: each part counts by its rows; otherwise all parts count alike.
        in_order: the rows of a batch come sorted by class, so that parts differ in what they hold.
    """
    model, rows = network(), torch.randperm(len(digits()))[:BATCH]
    if in_order:
        rows = rows[digits().targets[rows].argsort()]
    parts = rows.split(MOST)
    shares = [len(part) / BATCH if weighed else 1 / len(parts) for part in parts]
    summed = torch.stack([gradient(model, part, share) for part, share in zip(parts, shares, strict=True)]).sum(dim=0)
    whole = gradient(model, rows)
    return float((summed - whole).norm() / whole.norm())
