"""Optimizers: each a file in this folder, and nothing else names them.

From a recipe's optimizer to `torch.optim`'s, with the numbers that `torch.optim` would use by default.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from looplab.loop.optimizers.optimizer import Optimizer
from looplab.registry import Registry

__all__ = ["OPTIMIZERS", "Optimizer", "make_optimizer", "resolved_eps", "resolved_weight_decay"]

OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer)
"""The optimizers by name."""

OPTIMIZERS.register_folder(__name__, __path__)


def make_optimizer(parameters: Iterable[nn.Parameter], recipe: Any) -> torch.optim.Optimizer:
    """The optimizer of `torch.optim` that the recipe names, over these parameters."""
    return OPTIMIZERS[recipe.optimizer].make(parameters, recipe)


def resolved_eps(recipe: Any) -> float:
    """The recipe's `eps`, or `torch.optim`'s default for its optimizer; 0 where it has none."""
    return float(OPTIMIZERS[recipe.optimizer].resolved(recipe).get("eps", 0.0))


def resolved_weight_decay(recipe: Any) -> float:
    """The recipe's `weight_decay`, or `torch.optim`'s default for its optimizer; 0 where it has none."""
    return float(OPTIMIZERS[recipe.optimizer].resolved(recipe).get("weight_decay", 0.0))
