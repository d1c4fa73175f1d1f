"""From a recipe's optimizer to `torch.optim`'s, with the numbers that `torch.optim` would use by default."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import torch
from torch import nn

if TYPE_CHECKING:
    from looplab.loop.recipe import Recipe

__all__ = ["OPTIMIZERS", "make_optimizer", "resolved_eps", "resolved_weight_decay"]


def _sgd(parameters: Iterable[nn.Parameter], recipe: "Recipe") -> torch.optim.Optimizer:
    return torch.optim.SGD(
        parameters,
        lr=recipe.lr,
        momentum=recipe.momentum,
        nesterov=recipe.nesterov,
        weight_decay=resolved_weight_decay(recipe),
    )


def _adam(parameters: Iterable[nn.Parameter], recipe: "Recipe") -> torch.optim.Optimizer:
    return torch.optim.Adam(parameters, lr=recipe.lr, betas=recipe.betas, **_eps_and_decay(recipe))


def _adamw(parameters: Iterable[nn.Parameter], recipe: "Recipe") -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=recipe.lr, betas=recipe.betas, **_eps_and_decay(recipe))


def _rmsprop(parameters: Iterable[nn.Parameter], recipe: "Recipe") -> torch.optim.Optimizer:
    return torch.optim.RMSprop(parameters, lr=recipe.lr, momentum=recipe.momentum, **_eps_and_decay(recipe))


def _adagrad(parameters: Iterable[nn.Parameter], recipe: "Recipe") -> torch.optim.Optimizer:
    return torch.optim.Adagrad(parameters, lr=recipe.lr, **_eps_and_decay(recipe))


OPTIMIZERS: dict[str, Callable[[Iterable[nn.Parameter], "Recipe"], torch.optim.Optimizer]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}


def make_optimizer(parameters: Iterable[nn.Parameter], recipe: "Recipe") -> torch.optim.Optimizer:
    """The optimizer of `torch.optim` that the recipe names, over these parameters."""
    return OPTIMIZERS[recipe.optimizer](parameters, recipe)


def resolved_eps(recipe: "Recipe") -> float:
    """The recipe's `eps`, or `torch.optim`'s default for its optimizer."""
    if recipe.eps is not None:
        return recipe.eps
    return 1e-10 if recipe.optimizer == "adagrad" else 1e-8


def resolved_weight_decay(recipe: "Recipe") -> float:
    """The recipe's `weight_decay`, or `torch.optim`'s default for its optimizer."""
    if recipe.weight_decay is not None:
        return recipe.weight_decay
    return 0.01 if recipe.optimizer == "adamw" else 0.0


def _eps_and_decay(recipe: "Recipe") -> dict[str, Any]:
    return {"eps": resolved_eps(recipe), "weight_decay": resolved_weight_decay(recipe)}
