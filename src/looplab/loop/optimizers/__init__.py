"""Optimizers: one file each in this folder; nothing else names them.

From a recipe's optimizer to `torch.optim`'s, with the numbers that `torch.optim` would use by default.
"""

from typing import Any

import torch
from torch import nn

from looplab.loop.optimizers.combined import CombinedOptimizer
from looplab.loop.optimizers.groups import torch_groups
from looplab.loop.optimizers.optimizer import HOW_TO_COMPUTE, Optimizer
from looplab.registry import Registry

__all__ = ["HOW_TO_COMPUTE", "OPTIMIZERS", "Optimizer", "make_optimizer", "settings_by_field"]

OPTIMIZERS: Registry[Optimizer] = Registry("optimizer", Optimizer)
"""The optimizers by name."""

OPTIMIZERS.register_folder(__name__, __path__)

_FOR_THE_REST = "adamw"


def make_optimizer(model: nn.Module, recipe: Any) -> torch.optim.Optimizer:
    """The optimizer of `torch.optim` that the recipe names, over a model's parameters.

    Each group has its learning rate twice, as PyTorch's schedulers leave it: as `lr` and, unscheduled, as `initial_lr`.

    Raises:
        RecipeError: a group whose pattern no parameter is left for.
    """
    entry, named = OPTIMIZERS[recipe.optimizer], dict(model.named_parameters())
    own = frozenset(named) if entry.selects is None else entry.selects(model)
    parts = [(entry, own, recipe), (OPTIMIZERS[_FOR_THE_REST], named.keys() - own, recipe)]
    made = [
        each.make(
            torch_groups({name: named[name] for name in named if name in names}, each, recipe, list(named)), using
        )
        for each, names, using in parts
        if names
    ]
    optimizer = made[0] if len(made) == 1 else CombinedOptimizer(made)
    for group in optimizer.param_groups:
        group["initial_lr"] = group["lr"]
    return optimizer


def settings_by_field(optimizer: str) -> tuple[str, ...]:
    """The fields of a recipe that this optimizer heeds, `lr` first, with those of the one that has what it leaves."""
    entry = OPTIMIZERS[optimizer]
    rest = () if entry.selects is None else OPTIMIZERS[_FOR_THE_REST].fields
    return tuple(dict.fromkeys(("lr", *entry.fields, *rest)))
