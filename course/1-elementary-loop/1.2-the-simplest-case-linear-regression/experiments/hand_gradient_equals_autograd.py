"""The gradient of a linear regression by the formula derived on paper, and by autograd, at random places."""

from functools import partial

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab import load
from looplab.experiments import Experiment, Trial, rules

MOST_DIGITS = 17.0
"""What counts as agreement where the two do not differ at all."""


def by_hand(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> Float[Tensor, " P"]:
    """The gradient of the mean squared error: 2/N Xᵀ(ŷ - y) for the weights, then 2/N Σ(ŷ - y) for the bias."""
    error = X @ w + b - y
    return torch.cat([2 / len(X) * X.T @ error, 2 / len(X) * error.sum(dim=0, keepdim=True)]).squeeze(1)


def by_autograd(X: Tensor, y: Tensor, w: Tensor, b: Tensor) -> Float[Tensor, " P"]:
    """The same by PyTorch."""
    w, b = w.requires_grad_(), b.requires_grad_()
    gradients = torch.autograd.grad(nn.functional.mse_loss(X @ w + b, y), (w, b))
    return torch.cat([part.flatten() for part in gradients])


def digits_of_agreement(dtype: torch.dtype, features: int | None, seed: int) -> float:
    """Minus log10 of the largest difference over the largest slope; parameters, and rows if any, come from the seed."""
    del seed  # torch's generator is seeded by it already
    if features is None:
        X, y = (part.to(dtype) for part in (load("temperature").inputs, load("temperature").targets))
    else:
        X, y = torch.randn(100, features, dtype=dtype), torch.randn(100, 1, dtype=dtype)
    w, b = 10 * torch.randn(X.shape[1], 1, dtype=dtype), 10 * torch.randn(1, dtype=dtype)
    right = by_hand(X, y, w, b)
    difference = ((by_autograd(X, y, w, b) - right).abs().max() / right.abs().max()).item()
    return -torch.tensor(max(difference, 10**-MOST_DIGITS), dtype=torch.float64).log10().item()


experiment = Experiment(
    id="hand-gradient-equals-autograd",
    question="Does the gradient derived by hand equal the one that autograd computes?",
    claim="At random parameters, on the eleven readings and on rows drawn anew, the gradient by the formula and the "
    "one by autograd agree to at least five digits in float32 and to at least thirteen in float64.",
    arms=(
        Trial(name="thermometer, float32", measure=partial(digits_of_agreement, torch.float32, None)),
        Trial(name="thermometer, float64", measure=partial(digits_of_agreement, torch.float64, None)),
        Trial(name="5 features, float32", measure=partial(digits_of_agreement, torch.float32, 5)),
        Trial(name="5 features, float64", measure=partial(digits_of_agreement, torch.float64, 5)),
    ),
    measured="digits to which the two gradients agree",
    verdict=(
        rules.rate_above("thermometer, float32", exceeds=5, above=0.9),
        rules.rate_above("thermometer, float64", exceeds=13, above=0.9),
        rules.rate_above("5 features, float32", exceeds=5, above=0.9),
        rules.rate_above("5 features, float64", exceeds=13, above=0.9),
    ),
)
