"""The four gradients of a network with one hidden layer, from the formulas of lesson 2.2 and from autograd."""

import torch
from torch import Tensor

from looplab import load
from looplab.experiments import Experiment, Trial, rules

HIDDEN = 8


def digits_of_agreement(activation: str, dtype: torch.dtype = torch.float32, slope: bool = True) -> float:
    """Minus log10 of the largest difference of a gradient's entry, over that gradient's largest entry."""
    data = load("moons")
    X, y = data.inputs.to(dtype), data.targets.to(dtype)
    shapes = [(2, HIDDEN), (HIDDEN,), (HIDDEN, 1), (1,)]
    parameters = [torch.randn(shape, dtype=dtype, requires_grad=True) for shape in shapes]
    W1, b1, W2, b2 = parameters
    Z = X @ W1 + b1
    h = torch.tanh(Z) if activation == "tanh" else torch.relu(Z)
    z = h @ W2 + b2
    torch.nn.functional.binary_cross_entropy_with_logits(z, y).backward()
    with torch.no_grad():
        dz = (torch.sigmoid(z) - y) / len(X)
        dZ = dz @ W2.T
        if slope:
            dZ *= (1 - h**2) if activation == "tanh" else (Z > 0).to(dtype)
        by_hand = [X.T @ dZ, dZ.sum(dim=0), h.T @ dz, dz.sum(dim=0)]
    return min(_digits(hand, parameter.grad) for hand, parameter in zip(by_hand, parameters, strict=True))


def _digits(hand: Tensor, autograd: Tensor | None) -> float:
    assert autograd is not None
    difference = (hand - autograd).abs().max() / autograd.abs().max()
    return -difference.clamp(min=1e-17).log10().item()


experiment = Experiment(
    id="hand-backprop-equals-autograd",
    question="Do the formulas of the backward pass give what autograd gives?",
    claim="On the moons, the gradients by hand and by autograd agree to five digits in float32 and to twelve in "
    "float64, and typically to less than one digit when the activation's slope is left out.",
    arms=(
        Trial(name="ReLU", measure=lambda seed: digits_of_agreement("relu"), colour="#b84f00"),
        Trial(name="tanh", measure=lambda seed: digits_of_agreement("tanh"), colour="#0b7d7d"),
        Trial(name="tanh, float64", measure=lambda seed: digits_of_agreement("tanh", torch.float64), colour="#0b7d7d"),
        Trial(name="tanh, no slope", measure=lambda seed: digits_of_agreement("tanh", slope=False), colour="#6b6b6b"),
    ),
    measured="digits to which the gradients by hand equal autograd's",
    verdict=(
        rules.rate_above("ReLU", exceeds=5, above=0.9),
        rules.rate_above("tanh", exceeds=5, above=0.9),
        rules.rate_above("tanh, float64", exceeds=12, above=0.9),
        rules.typically_below("tanh, no slope", 1),
    ),
    verify_seeds=64,
)
