"""A model's parameters side by side in one row of numbers, and back."""

import numpy as np
import torch
from jaxtyping import Bool, Float
from numpy import ndarray
from torch import Tensor, nn

__all__ = ["FlatParameters", "overflowed"]


class FlatParameters:
    """Names, shapes and places of a model's parameters within one flat row of P numbers.

    Attributes:
        names: parameter names in the order of `model.parameters()`; a shared parameter counts once.
        shapes: their shapes.
        sizes: how many numbers each has.
        total: how many they have together, P.
    """

    def __init__(self, model: nn.Module) -> None:
        named = dict(model.named_parameters())
        self.names = tuple(named)
        self.shapes = tuple(tuple(parameter.shape) for parameter in named.values())
        self.sizes = tuple(parameter.numel() for parameter in named.values())
        self.total = sum(self.sizes)

    def split(self, flat: Float[Tensor, "*R P"]) -> dict[str, Tensor]:
        """Views of the parameters, by name, in a row of P numbers or in a stack of such rows."""
        parts = flat.split(self.sizes, dim=-1)
        return {
            name: part.view((*flat.shape[:-1], *shape))
            for name, part, shape in zip(self.names, parts, self.shapes, strict=True)
        }


def overflowed(parameters: Float[ndarray, "R P"], model: nn.Module) -> Bool[ndarray, " R"]:
    """Which replicas have infinite or NaN numbers in parameters that were finite in the first model."""
    if np.isfinite(parameters).all():
        return np.zeros(len(parameters), dtype=np.bool_)
    at_first = np.repeat(
        [bool(torch.isfinite(parameter.detach()).all()) for parameter in model.parameters()],
        FlatParameters(model).sizes,
    )
    lost: Bool[ndarray, " R"] = (~np.isfinite(parameters) & at_first).any(axis=1)
    return lost
