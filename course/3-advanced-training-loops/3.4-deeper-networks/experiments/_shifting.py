"""Training on moons at five rates at once: the lowest loss, and how far the inputs of each ReLU move on the way.

The noise is switched off when the loss is measured. None is a network without norm, 0 one with batch norm alone.
"""

from functools import lru_cache

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from looplab import load

from ._noisy import RATES, scores, start

__all__ = ["lowest_loss", "shift"]

STEPS = 120


def lowest_loss(noise: float | None, seed: int) -> float:
    """The training loss at the best of the rates."""
    return _trained(noise, seed)[0]


def shift(noise: float | None, seed: int) -> float:
    """How far a unit's mean over the rows moves in a step, in its standard deviations, at the best rate."""
    return _trained(noise, seed)[1]


@lru_cache(maxsize=4096)
def _trained(noise: float | None, seed: int) -> tuple[float, float]:
    torch.manual_seed(seed)  # two trainings may share a trial, and a cached one draws nothing
    moons = load("moons", seed=seed)
    targets = moons.targets[:, 0].expand(len(RATES), -1)
    parameters, before, moves = start(), None, []
    for _ in range(STEPS):
        outputs, units = scores(parameters, moons.inputs, noise)
        losses = binary_cross_entropy_with_logits(outputs, targets, reduction="none").mean(dim=1)
        gradients = torch.autograd.grad(losses.sum(), parameters)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter -= RATES[:, None, None] * gradient
            means, spreads = units.mean(dim=2), units.std(dim=2) + 1e-6  # layers × rates × units
            if before is not None:
                moves.append(((means - before).abs() / spreads).mean(dim=(0, 2)))
            before = means
    with torch.no_grad():
        outputs, _ = scores(parameters, moons.inputs, None if noise is None else 0.0)
        losses = binary_cross_entropy_with_logits(outputs, targets, reduction="none").mean(dim=1).nan_to_num(0.693)
    best = losses.argmin()
    return float(losses[best]), float(torch.stack(moves).median(dim=0).values[best])
