"""The learning rate at which gradient descent on a linear model starts to diverge, found by trying, against 2/λ_max."""

from collections.abc import Callable

import torch
from torch import Tensor

from looplab import load
from looplab.experiments import Experiment, Trial, rules

EXPONENTS = torch.arange(-0.5, 0.501, 1 / 64).double()
"""Rates from 0.71 to 1.41 times 2/λ_max are tried, each 1.1 per cent above the last, the first shifted at random."""
STEPS = 300


def thermometer() -> tuple[Tensor, Tensor]:
    """The eleven readings and their degrees Celsius."""
    dataset = load("temperature")
    return dataset.inputs.double(), dataset.targets.double()


def random_table() -> tuple[Tensor, Tensor]:
    """25 rows of five features of different scales and means, and a noisy linear target."""
    X = torch.randn(25, 5).double() * torch.rand(5).double() * 3 + torch.randn(5).double()
    return X, X @ torch.randn(5, 1).double() + torch.randn(25, 1).double()


def divergence_over_theory(table: Callable[[], tuple[Tensor, Tensor]]) -> float:
    """The lowest rate with a higher loss after 300 steps than before, from a random start, over 2/λ_max."""
    X, y = table()
    X = torch.hstack([X, torch.ones(len(X), 1).double()])
    critical = 2 / torch.linalg.eigvalsh(2 / len(X) * X.T @ X)[-1]
    shares = torch.exp2(EXPONENTS + torch.rand(1).double() / 64)
    start = torch.randn(X.shape[1], 1).double()
    theta = start.repeat(1, len(shares))  # one column a rate
    for _ in range(STEPS):
        errors = (X[:, :, None] * theta).sum(dim=1) - y  # no matrix product: several threads would wait for each other
        theta = theta - shares * critical * 2 * (X[:, :, None] * errors[:, None]).mean(dim=0)
    diverged = ~((X @ theta - y).square().mean(dim=0) <= (X @ start - y).square().mean())
    return float(shares[diverged].min()) if diverged.any() else 2**0.5


experiment = Experiment(
    id="critical-learning-rate",
    question="From which learning rate on does gradient descent diverge on a linear model?",
    claim="From random starts, on the eleven readings and on tables drawn anew, gradient descent on a linear model "
    "with mean squared error starts to diverge within three per cent of 2/λ_max, where λ_max is the largest "
    "curvature of the loss.",
    arms=(
        Trial(name="temperature", measure=lambda seed: divergence_over_theory(thermometer), colour="#6b6b6b"),
        Trial(name="random tables", measure=lambda seed: divergence_over_theory(random_table)),
    ),
    measured="lowest learning rate that diverged, over 2/λ_max",
    verdict=(rules.typically_within("temperature", 0.97, 1.03), rules.typically_within("random tables", 0.97, 1.03)),
    verify_seeds=32,
)
