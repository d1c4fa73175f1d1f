"""What reaches each layer of a deep network at its start, before any training, and what comes back."""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

__all__ = ["gradient_sizes", "signal_sizes"]

Activation = Callable[[Tensor], Tensor]
WIDTH, ROWS = 128, 64


def signal_sizes(activation: Activation, gain: float, depth: int) -> Float[Tensor, " L"]:
    """Root mean square of the outputs of each of L layers, from normal inputs.

    The weights are normal, with standard deviation gain / √fan_in; there are no biases.
    """
    outputs = _outputs(activation, gain, depth)
    return torch.stack([h.square().mean().sqrt() for h in outputs]).detach()


def gradient_sizes(activation: Activation, gain: float, depth: int) -> Float[Tensor, " L"]:
    """Root mean square of the gradient for the outputs of each layer, where a normal one comes back to the last."""
    outputs = _outputs(activation, gain, depth)
    gradients = torch.autograd.grad(outputs[-1], outputs, torch.randn(ROWS, WIDTH))
    return torch.stack([gradient.square().mean().sqrt() for gradient in gradients])


def _outputs(activation: Activation, gain: float, depth: int) -> list[Tensor]:
    h, outputs = torch.randn(ROWS, WIDTH, requires_grad=True), []
    for _ in range(depth):
        h = activation(h @ (torch.randn(WIDTH, WIDTH) * gain / WIDTH**0.5))
        outputs.append(h)
    return outputs
