"""Short trainings on digits at eight rates at once, for networks of any width, with and without muP's scaling.

Yang et al. (2022), "Tensor Programs V", for Adam: seen from a base width, a network k times as wide takes 1/k of the
rate for every matrix whose inputs are hidden units, and its output weights start with a standard deviation of 1/k
instead of 1/√k. First layer and biases are left alone.
"""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor

from looplab import load

__all__ = ["RATES", "losses_by_rate"]

RATES = torch.arange(-9.0, -1.0)
"""The base-2 logarithms of the rates that are tried."""
BASE, STEPS, BATCH = 16, 30, 64
MEAN, SQUARE = 0.9, 0.999


def losses_by_rate(width: int, *, mup: bool) -> Float[Tensor, " K"]:
    """The loss on all digits after 30 steps of Adam, for each of K rates, which fall to 0 in a straight line.

    The network is 64→width→width→width→10 with ReLU and He's start; it and the batches are the same for all rates.
    """
    digits = load("digits")
    parameters, factors = _start([64, width, width, width, 10], mup=mup)
    averages = [(torch.zeros_like(parameter), torch.zeros_like(parameter)) for parameter in parameters]
    batches = torch.cat([torch.randperm(len(digits)) for _ in range(2)]).split(BATCH)
    for step in range(STEPS):
        rows = batches[step]
        loss = _losses(parameters, digits.inputs[rows], digits.targets[rows])
        gradients = torch.autograd.grad(loss.sum(), parameters)
        rate = (torch.exp2(RATES) * (1 - step / STEPS))[:, None, None]
        with torch.no_grad():
            for parameter, g, (m, v), factor in zip(parameters, gradients, averages, factors, strict=True):
                m.lerp_(g, 1 - MEAN)
                v.lerp_(g * g, 1 - SQUARE)
                root = (v / (1 - SQUARE ** (step + 1))).sqrt() + 1e-8
                parameter -= rate * factor * m / (1 - MEAN ** (step + 1)) / root
    with torch.no_grad():
        return _losses(parameters, digits.inputs, digits.targets).nan_to_num(float("inf"))


def _start(sizes: list[int], *, mup: bool) -> tuple[list[Tensor], list[float]]:
    """Weights and biases, the same for each rate, and by what their rate is multiplied."""
    parameters, factors = [], []
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        shrink = BASE / fan_in if mup and layer else 1.0
        is_output = layer == len(sizes) - 2
        deviation = (1 / fan_in) ** 0.5 * shrink**0.5 if is_output else (2 / fan_in) ** 0.5
        weight, bias = torch.randn(fan_in, fan_out) * deviation, torch.zeros(1, fan_out)
        parameters += [tensor.repeat(len(RATES), 1, 1).requires_grad_() for tensor in (weight, bias)]
        factors += [shrink, 1.0]
    return parameters, factors


def _losses(parameters: list[Tensor], inputs: Tensor, targets: Tensor) -> Float[Tensor, " K"]:
    h = inputs.expand(len(RATES), -1, -1)
    for layer in range(0, len(parameters), 2):
        h = torch.baddbmm(parameters[layer + 1], h.relu() if layer else h, parameters[layer])
    return -h.log_softmax(dim=-1)[:, torch.arange(len(targets)), targets].mean(dim=1)
