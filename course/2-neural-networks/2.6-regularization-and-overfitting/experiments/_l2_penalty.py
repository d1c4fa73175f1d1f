"""A network with an L2 penalty that learns from thirty noisy points of a sine."""

import torch
from jaxtyping import Float
from torch import Tensor

from looplab import Dataset, Recipe, load, mlp
from looplab.experiments import Arm

__all__ = ["FOLDS", "arm"]

FOLDS, ROWS = 4, 30


def arm(name: str, strength: float, colour: str) -> Arm:
    """A network of 32 tanh units with an L2 penalty of this strength."""
    return Arm(
        name=name,
        model=lambda: mlp(1, [32], 1, activation="tanh"),
        dataset=noisy_sine,
        row_weights=thirty_at_random,
        recipe=Recipe(optimizer="adam", lr=0.01, steps=3000, weight_decay=strength),
        record_every=3000,
        colour=colour,
    )


def noisy_sine() -> Dataset:
    """300 points of a sine with noise of standard deviation 0.3."""
    return load("sine", rows=300, noise=0.3)


def thirty_at_random(dataset: Dataset) -> Float[Tensor, "K N"]:
    """Four folds, each with 30 rows drawn at random to learn from; the other 270 are new to it."""
    weights = torch.zeros(FOLDS, len(dataset))
    for seed, fold in enumerate(weights):
        fold[torch.randperm(len(dataset), generator=torch.Generator().manual_seed(seed))[:ROWS]] = 1
    return weights
