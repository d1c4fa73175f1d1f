"""Eleven readings of a thermometer, and all 55 ways to hold out two of them.

In 19 of these the coldest or the hottest reading is held out, and lies beyond all readings that are learned from.
"""

from itertools import combinations

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from looplab import Dataset, Recipe, linear, load, mlp
from looplab.experiments import Arm

__all__ = ["all_pairs_held_out", "beyond", "line", "network", "within"]


def all_pairs_held_out(dataset: Dataset) -> Float[Tensor, "K N"]:
    """A fold for each pair of rows: weight 0 for the two, 1 for the others."""
    pairs = list(combinations(range(len(dataset)), 2))
    weights = torch.ones(len(pairs), len(dataset))
    for fold, pair in zip(weights, pairs, strict=True):
        fold[list(pair)] = 0
    return weights


def beyond(dataset: Dataset) -> Float[Tensor, "K N"]:
    """The 19 folds that hold out the coldest or the hottest reading, or both."""
    folds = all_pairs_held_out(dataset)
    return folds[_leaves_out_an_end(folds, dataset)]


def within(dataset: Dataset) -> Float[Tensor, "K N"]:
    """The 36 others: both readings held out lie between readings that are learned from."""
    folds = all_pairs_held_out(dataset)
    return folds[~_leaves_out_an_end(folds, dataset)]


def line(name: str, *, beyond_them: bool) -> Arm:
    """The linear model on one of the two groups of folds."""
    return Arm(
        name=name,
        model=lambda: linear(1, 1),
        dataset=lambda: load("temperature"),
        row_weights=beyond if beyond_them else within,
        recipe=Recipe(optimizer="sgd", lr=1e-2, steps=3000),
        record_every=3000,
        colour="#6b6b6b",
    )


def network(name: str, *, beyond_them: bool, activation: str = "tanh", steps: int = 5000) -> Arm:
    """A network of 8 hidden units on one of the two groups of folds."""
    return Arm(
        name=name,
        model=lambda: mlp(1, [8], 1, activation=activation),
        dataset=lambda: load("temperature"),
        row_weights=beyond if beyond_them else within,
        recipe=Recipe(optimizer="sgd", lr=1e-3, steps=steps),
        record_every=steps,
        colour={"tanh": "#0b7d7d", "relu": "#c4570a"}[activation],
    )


def _leaves_out_an_end(folds: Float[Tensor, "K N"], dataset: Dataset) -> Bool[Tensor, " K"]:
    readings = dataset.inputs.flatten()
    ends = [int(readings.argmin()), int(readings.argmax())]
    return (folds[:, ends] == 0).any(dim=1)
