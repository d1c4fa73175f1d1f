"""The range test: the learning rate grows at each step, and the loss of each batch is watched.

Source: Smith, Cyclical Learning Rates for Training Neural Networks, 2017, section 3.3; here the rate grows by a ratio,
and the suggestion is the steepest descent of the smoothed loss, as PyTorch Lightning takes it.
"""

from collections.abc import Sequence
from functools import lru_cache

import torch
from torch import Tensor

from looplab import Dataset, Recipe, load, train_many

from ._moons import BATCH, network

__all__ = ["agreement"]

STEPS, LOWEST, HIGHEST = 150, 1e-3, 10.0
RATIO = (HIGHEST / LOWEST) ** (1 / (STEPS - 1))
KEPT, SKIPPED = 0.98, 10


def batch_losses(moons: Dataset, seeds: Sequence[int]) -> Tensor:
    """S×T: the loss of each step's batch while the rate grows."""
    recipe = Recipe(
        optimizer="sgd",
        lr=LOWEST,
        steps=STEPS,
        batch_size=BATCH,
        schedule="exponential",
        schedule_options={"gamma": RATIO},
    )
    return train_many(network, moons, recipe, seeds=seeds, threads=1, backend="fused").train_loss


def suggestion(losses: Tensor) -> float:
    """The rate at which the smoothed loss, of shape T, falls most steeply before it is lowest."""
    mean, smooth = torch.zeros(()), []
    for step, loss in enumerate(losses):
        mean = KEPT * mean + (1 - KEPT) * loss
        smooth.append(mean / (1 - KEPT ** (step + 1)))
    curve = torch.stack(smooth)
    lowest = max(int(curve.nan_to_num(nan=torch.inf).argmin()), SKIPPED + 1)
    slope = torch.gradient(curve)[0][SKIPPED : lowest + 1]
    return float(LOWEST * RATIO ** (SKIPPED + int(slope.argmin())))


@lru_cache(maxsize=2048)
def agreement(tests: int, seed: int) -> float:
    """The smaller of two suggestions over the larger, on the same moons.

    Each is made from the mean curve of so many tests, with starts and batch orders of their own.
    """
    moons = load("moons", seed=seed)
    first = range(2 * tests * seed, 2 * tests * (seed + 1))
    losses = batch_losses(moons, list(first))
    pair = sorted(suggestion(half.mean(dim=0)) for half in losses.split(tests))
    return pair[0] / pair[1]
