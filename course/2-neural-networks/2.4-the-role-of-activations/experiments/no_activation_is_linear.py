"""A network whose activation was taken away, against the best straight line."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab import Recipe, Runs, linear, load, mlp
from looplab.experiments import Arm, Experiment, measures, rules

RECIPE = Recipe(optimizer="adam", lr=0.01, steps=1000)


def loss_over_least_squares(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The last training loss over that of the best straight line, which least squares gives."""
    dataset = arm.dataset()
    X = torch.hstack([dataset.inputs, torch.ones(len(dataset), 1)]).double()
    y = dataset.targets.double()
    best = float((X @ torch.linalg.lstsq(X, y).solution - y).square().mean())
    return measures.final_loss(arm, runs) / best


experiment = Experiment(
    id="no-activation-is-linear",
    question="What can ten hidden units fit when no activation follows them?",
    claim="Without an activation, a network of ten hidden units ends on sine within one per cent of the loss of a "
    "straight line, and not below it.",
    arms=(
        Arm(
            name="linear model",
            model=lambda: linear(1, 1),
            dataset=lambda: load("sine"),
            recipe=RECIPE,
            record_every=1000,
            colour="#6b6b6b",
        ),
        Arm(
            name="no activation",
            model=lambda: nn.Sequential(nn.Linear(1, 10), nn.Linear(10, 1)),
            dataset=lambda: load("sine"),
            recipe=RECIPE,
            record_every=1000,
        ),
        Arm(
            name="ReLU",
            model=lambda: mlp(1, [10], 1),
            dataset=lambda: load("sine"),
            recipe=RECIPE,
            record_every=1000,
            colour="#c4570a",
        ),
    ),
    measure=loss_over_least_squares,
    measured="training loss over that of the best straight line",
    verdict=(
        rules.differs_at_most("no activation", "linear model", 0.01),
        rules.typically_above("no activation", 0.99),
    ),
)
