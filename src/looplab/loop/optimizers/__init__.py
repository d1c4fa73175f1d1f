"""Optimizers: one file each in this folder; nothing else names them.

From a recipe's optimizer to `torch.optim`'s, with the numbers that `torch.optim` would use by default.
"""

from collections.abc import Iterable
from typing import Any

import torch
from torch import nn

from looplab.loop.optimizers.optimizer import Optimizer
from looplab.registry import Registry

__all__ = ["OPTIMIZERS", "Optimizer", "make_optimizer"]

OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer)
"""The optimizers by name."""

OPTIMIZERS.register_folder(__name__, __path__)


def make_optimizer(parameters: Iterable[nn.Parameter], recipe: Any) -> torch.optim.Optimizer:
    """The optimizer of `torch.optim` that the recipe names, over these parameters."""
    return OPTIMIZERS[recipe.optimizer].make(parameters, recipe)
