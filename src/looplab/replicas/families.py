"""Initial parameters of looplab's own model families, drawn as PyTorch draws them but without making the modules.

Making a small model takes PyTorch far longer than drawing its numbers. A `functools.partial` of `mlp` or `linear` says
all about the model beforehand, which an arbitrary function does not.
"""

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looplab.loop.setup import seed_random_state
from looplab.models import linear, mlp

__all__ = ["UniformDraws"]

_FAMILIES = (linear, mlp)


@dataclass(frozen=True)
class UniformDraws:
    """The bounds between which a model's parameters are drawn, each parameter from its own -bound to bound."""

    bounds: tuple[float, ...]

    @classmethod
    def of(cls, make_model: Callable[[], nn.Module], model: nn.Module, seed: int) -> "UniformDraws | None":
        """How the models of `make_model` are drawn, of which `model` is that of `seed`; None where that is not known.

        It is known of looplab's families alone, and only if the seed gives the model's parameters to the bit. Torch's
        random state is left seeded.
        """
        if type(make_model) is not functools.partial or make_model.func not in _FAMILIES:
            return None
        layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
        draws, parameters = cls(tuple(bound for layer in layers for bound in _bounds(layer))), list(model.parameters())
        if len(draws.bounds) != len(parameters):
            return None
        with torch.no_grad():
            again = [torch.empty_like(parameter) for parameter in parameters]
            draws.draw(again, seed)
        return draws if all(map(torch.equal, again, parameters)) else None

    def draw(self, parameters: list[Tensor], seed: int) -> None:
        """Give the parameters the values that they start with for a seed."""
        seed_random_state(seed)
        for parameter, bound in zip(parameters, self.bounds, strict=True):
            parameter.uniform_(-bound, bound)


def _bounds(layer: nn.Linear) -> tuple[float, float]:
    """Of the weights and of the bias, from the number of inputs; step by step as in `nn.Linear.reset_parameters`."""
    gain = nn.init.calculate_gain("leaky_relu", math.sqrt(5))
    return math.sqrt(3.0) * (gain / math.sqrt(layer.in_features)), 1 / math.sqrt(layer.in_features)
