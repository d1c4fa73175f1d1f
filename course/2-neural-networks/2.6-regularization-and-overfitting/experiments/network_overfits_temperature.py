"""A network against a line on eleven readings of a thermometer, over all 55 ways to hold out two of them."""

from itertools import combinations

import torch
from jaxtyping import Float
from torch import Tensor

from looplab import Dataset, Recipe, linear, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules


def all_pairs_held_out(dataset: Dataset) -> Float[Tensor, "K N"]:
    """A fold for each pair of rows: weight 0 for the two, 1 for the others."""
    pairs = list(combinations(range(len(dataset)), 2))
    weights = torch.ones(len(pairs), len(dataset))
    for fold, pair in zip(weights, pairs, strict=True):
        fold[list(pair)] = 0
    return weights


experiment = Experiment(
    id="network-overfits-temperature",
    question="Is a network worth it for eleven readings of a thermometer?",
    claim="Averaged over all 55 ways to hold out two of the eleven readings, the linear model predicts them better "
    "than a network of 8 tanh units for more than nine in ten seeds.",
    arms=(
        Arm(
            name="linear model",
            model=lambda: linear(1, 1),
            dataset=lambda: load("temperature"),
            row_weights=all_pairs_held_out,
            recipe=Recipe(optimizer="sgd", lr=1e-2, steps=3000),
            record_every=3000,
            colour="#6b6b6b",
        ),
        Arm(
            name="8 tanh units",
            model=lambda: mlp(1, [8], 1, activation="tanh"),
            dataset=lambda: load("temperature"),
            row_weights=all_pairs_held_out,
            recipe=Recipe(optimizer="sgd", lr=1e-3, steps=5000),
            record_every=5000,
            colour="#0b7d7d",
        ),
    ),
    measure=measures.held_out_loss,
    measured="squared error on the readings held out (degrees Celsius squared)",
    verdict=(
        rules.lower("linear model", than="8 tanh units"),
        rules.lower_in_share("linear model", than="8 tanh units", above=0.9),
    ),
    verify_seeds=64,
)
