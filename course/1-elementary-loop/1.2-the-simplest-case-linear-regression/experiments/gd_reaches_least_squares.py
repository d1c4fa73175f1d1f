"""Gradient descent on a linear regression, from random starts, against the solution that least squares gives."""

import torch
from jaxtyping import Float
from torch import Tensor

from looplab import Recipe, Runs, linear, load
from looplab.experiments import Arm, Experiment, Trial, rules


def least_squares_loss(X: Float[Tensor, "N D"], y: Float[Tensor, "N 1"]) -> float:
    """The lowest mean squared error that a linear model can have on these rows."""
    columns = torch.hstack([X, torch.ones(len(X), 1)]).double()
    return float((columns @ torch.linalg.lstsq(columns, y.double()).solution - y.double()).square().mean())


def excess(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """By how many per cent the last loss lies above the lowest possible."""
    dataset = arm.dataset()
    return 100 * (runs.train_loss[:, -1].double() / least_squares_loss(dataset.inputs, dataset.targets) - 1)


def excess_on_a_random_table(seed: int) -> float:
    """The same after 200 steps on 50 random rows of 3 features, another table for each seed."""
    del seed  # torch's generator is seeded by it already
    X, w, b = torch.randn(50, 3), torch.randn(3, 1), torch.randn(1)
    y = X @ torch.randn(3, 1) + torch.randn(1) + 0.5 * torch.randn(50, 1)
    for _ in range(200):
        error = X @ w + b - y
        w, b = w - 0.1 * 2 / 50 * X.T @ error, b - 0.1 * 2 * error.mean()
    return 100 * (float((X @ w + b - y).double().square().mean()) / least_squares_loss(X, y) - 1)


def thermometer(steps: int) -> Arm:
    """A line on the eleven readings, from the random start that PyTorch gives it."""
    return Arm(
        name=f"thermometer, {steps} steps",
        model=lambda: linear(1, 1),
        dataset=lambda: load("temperature"),
        recipe=Recipe(optimizer="sgd", lr=1e-2, steps=steps),
        colour="#6b6b6b",
    )


experiment = Experiment(
    id="gd-reaches-least-squares",
    question="Does gradient descent find the solution that a formula gives?",
    claim="From random starts, gradient descent ends within one per cent of the lowest possible loss: after 200 steps "
    "on tables drawn anew, after 3000 on the eleven readings; there it is further away after 300.",
    arms=(thermometer(300), thermometer(3000), Trial(name="random tables", measure=excess_on_a_random_table)),
    measure=excess,
    measured="training loss above that of least squares (per cent)",
    verdict=(
        rules.typically_above("thermometer, 300 steps", 1),
        rules.typically_within("thermometer, 3000 steps", -0.01, 1),
        rules.typically_within("random tables", -0.01, 1),
    ),
    verify_seeds=32,
)
