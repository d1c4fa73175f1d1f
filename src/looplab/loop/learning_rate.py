"""The learning rate of each step, by a recipe's schedule."""

from collections.abc import Callable
from typing import Any

import torch

from looplab.loop.history import History
from looplab.loop.recipe import Recipe
from looplab.loop.schedules import SCHEDULES, lr_factor

__all__ = ["lr_setter"]


def lr_setter(
    optimizer: torch.optim.Optimizer, recipe: Recipe, steps: int, history: History
) -> Callable[[int], object]:
    """A function of the step that gives each group of an optimizer its learning rate and momentum.

    Args:
        optimizer: whose groups have their own learning rates as `initial_lr`.
        recipe: with the schedule.
        steps: number of updates.
        history: is told the learning rate; tells the losses that were recorded so far, for schedules that follow them.
    """
    schedule, options = SCHEDULES[recipe.schedule], recipe.schedule_options
    if schedule.follows is not None:
        return _Following(optimizer, recipe, history)

    def set_lr(step: int) -> None:
        factor = lr_factor(recipe.schedule, step, steps, options)
        history.lr = recipe.lr * factor
        for group in optimizer.param_groups:
            group["lr"] = group["initial_lr"] * factor
        if schedule.momentum is not None:
            _set_momentum(optimizer, schedule.momentum(step, steps, **{**schedule.options, **options}))

    return set_lr


def _set_momentum(optimizer: torch.optim.Optimizer, momentum: float | None) -> None:
    for group in optimizer.param_groups if momentum is not None else ():
        if "betas" in group:
            group["betas"] = (momentum, *group["betas"][1:])
        else:
            group["momentum"] = momentum


class _Following:
    """Tells torch's scheduler each recorded loss, before the step after it.

    It begins with the learning rates that the optimizer began with, and tells all losses there are: so a training that
    goes on from a checkpoint has the learning rate that it would have had.
    """

    def __init__(self, optimizer: torch.optim.Optimizer, recipe: Recipe, history: History) -> None:
        self._optimizer, self._recipe, self._history, self._told = optimizer, recipe, history, 0
        self._scheduler: Any = None

    def __call__(self, step: int) -> None:
        if self._scheduler is None:
            for group in self._optimizer.param_groups:
                group["lr"] = group["initial_lr"]
            follows = SCHEDULES[self._recipe.schedule].follows
            assert follows is not None
            self._scheduler = follows(self._optimizer, **self._recipe.schedule_options)
        losses = self._history.validation_loss or self._history.train_loss
        for loss in losses[self._told :]:
            self._scheduler.step(loss)
        self._told = len(losses)
        self._history.lr = self._optimizer.param_groups[0]["lr"]
