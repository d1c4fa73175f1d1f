"""Initial parameters of looplab's own model families, drawn as PyTorch draws them but without making the modules.

Making a small model takes PyTorch far longer than drawing its numbers. A `functools.partial` of `mlp` or `linear` says
all about the model beforehand, which an arbitrary function does not.
"""

import functools
import math
from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from looplab.models import linear, mlp
from looplab.replicas.plan import Floats

__all__ = ["UniformDraws", "is_family"]

_FAMILIES = (linear, mlp)
_PROBES = 256


def is_family(make_model: Callable[..., nn.Module]) -> bool:
    """Whether a function makes models of one of looplab's families: new ones, which nobody else holds."""
    return type(make_model) is functools.partial and make_model.func in _FAMILIES


class UniformDraws:
    """How the parameters of a model are drawn: each evenly between the bounds of its layer, one after the other.

    Args:
        bounds: of each of the P parameters, which is drawn from -bound to bound.
    """

    def __init__(self, bounds: Floats) -> None:
        self._low, self._width = -bounds.astype(np.float64), 2 * bounds.astype(np.float64)
        self._generator = torch.Generator()

    @classmethod
    def of(cls, make_model: Callable[[], nn.Module], model: nn.Module, seed: int) -> "UniformDraws | None":
        """How the models of `make_model` are drawn, of which `model` is that of `seed`; None where that is not known.

        It is known of looplab's families alone, and only where torch's own numbers come out to the bit.
        """
        if not is_family(make_model):
            return None
        layers = [module for module in model.modules() if isinstance(module, nn.Linear)]
        bounds = np.concatenate([_bounds(layer) for layer in layers])
        parameters = torch.cat([parameter.detach().cpu().view(-1) for parameter in model.parameters()]).numpy()
        draws = cls(bounds)
        known = parameters.size == bounds.size and np.array_equal(draws.rows([seed])[0], parameters)
        return draws if known and all(_is_as_torch_draws(bound) for bound in set(bounds.tolist())) else None

    def rows(self, seeds: Sequence[int]) -> Floats:
        """S×P: the parameters that models start with for these seeds."""
        unit = np.empty((len(seeds), len(self._low)), np.float32)
        row = torch.empty(len(self._low))
        drawn = row.numpy()
        for index, seed in enumerate(seeds):
            row.uniform_(generator=self._generator.manual_seed(seed))
            unit[index] = drawn
        # In float64 nothing is lost, so there is one rounding: torch's uniform_ multiplies and adds in one instruction.
        return (unit * self._width + self._low).astype(np.float32)


@functools.cache
def _is_as_torch_draws(bound: float) -> bool:
    """Whether many numbers between these bounds are torch's: a few might be so by chance."""
    ours = UniformDraws(np.full(_PROBES, bound, np.float32)).rows([0])[0]
    theirs = torch.empty(_PROBES).uniform_(-bound, bound, generator=torch.Generator().manual_seed(0))
    return np.array_equal(ours, theirs.numpy())


def _bounds(layer: nn.Linear) -> Floats:
    """Of the weights, then of the bias: as `nn.Linear.reset_parameters` computes them from the number of inputs."""
    gain = nn.init.calculate_gain("leaky_relu", math.sqrt(5))
    weights, bias = math.sqrt(3.0) * (gain / math.sqrt(layer.in_features)), 1 / math.sqrt(layer.in_features)
    return np.repeat(np.array([weights, bias], np.float32), [layer.weight.numel(), layer.out_features])
