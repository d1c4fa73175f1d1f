"""Six hidden layers, plain or with batch norm and noise after it, for five learning rates at once.

Noise of 0.4 stretches what each unit gives by a factor between 0.6 and 1.4 and shifts it by up to 0.4 standard
deviations; both are drawn anew at each call.
"""

from itertools import pairwise

import torch
from torch import Tensor

__all__ = ["RATES", "scores", "start"]

RATES = torch.tensor([0.125, 0.25, 0.5, 1.0, 2.0])
WIDTH, DEPTH = 16, 6


def start() -> list[Tensor]:
    """Weights and biases, He's start, the same for each rate."""
    parameters = []
    for fan_in, fan_out in pairwise([2] + [WIDTH] * DEPTH + [1]):
        weight = torch.randn(fan_in, fan_out) * (2 / fan_in) ** 0.5
        parameters += [tensor.repeat(len(RATES), 1, 1).requires_grad_() for tensor in (weight, torch.zeros(1, fan_out))]
    return parameters


def scores(parameters: list[Tensor], inputs: Tensor, noise: float | None) -> tuple[Tensor, Tensor]:
    """Rates × rows, what the network gives, and layers × rates × rows × units, what goes into each ReLU.

    Noise of 0 is batch norm alone; None leaves the norm out.
    """
    h, units = inputs.expand(len(RATES), -1, -1), []
    for layer in range(0, len(parameters) - 2, 2):
        z = torch.baddbmm(parameters[layer + 1], h, parameters[layer])
        if noise is not None:
            variance, mean = torch.var_mean(z, dim=1, keepdim=True, correction=0)
            z = (z - mean) * (variance + 1e-5).rsqrt()
        if noise:
            stretch, move = noise * (2 * torch.rand(2, WIDTH) - 1)
            z = z * (1 + stretch) + move
        units.append(z.detach())
        h = z.relu()
    return torch.baddbmm(parameters[-1], h, parameters[-2])[..., 0], torch.stack(units)
