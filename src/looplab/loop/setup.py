"""What `train` needs around its loop: random state, row weights, the loss, the learning rate of a step."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float, Int
from torch import Tensor

from looplab.data import Dataset
from looplab.errors import DataError
from looplab.loop.losses import loss_function, weighted_loss_function
from looplab.loop.recipe import Recipe
from looplab.loop.schedules import lr_factor

__all__ = ["fork_random_state", "included_rows", "make_loss", "seed_random_state", "set_lr"]

BatchLoss = Callable[[Tensor, Tensor, Int[Tensor, " B"] | None], Tensor]


@contextmanager
def fork_random_state(seed: int) -> Iterator[None]:
    """Seed torch's random state; at the end, put the caller's back."""
    with torch.random.fork_rng():
        seed_random_state(seed)
        yield


def seed_random_state(seed: int) -> None:
    """Seed torch's random state as `torch.manual_seed` does, which takes far longer where there is only a CPU."""
    if torch.accelerator.is_available():
        torch.manual_seed(seed)
    else:
        torch.default_generator.manual_seed(seed)


def included_rows(
    dataset: Dataset, row_weights: Float[Tensor, " N"] | None
) -> tuple[Dataset, Float[Tensor, " M"] | None]:
    """The rows with a weight above 0, and their weights; all rows and None without weights."""
    if row_weights is None:
        return dataset, None
    if row_weights.shape != (len(dataset),) or not torch.isfinite(row_weights).all() or (row_weights < 0).any():
        raise DataError(
            "row_weights",
            expected=f"{len(dataset)} finite numbers, one a row, each at least 0",
            got=f"shape {tuple(row_weights.shape)}, lowest {row_weights.min().item():g}",
        )
    rows = row_weights.nonzero().squeeze(1)
    if len(rows) == 0:
        raise DataError("row_weights", expected="at least one weight above 0", got="all 0")
    return dataset.subset(rows), row_weights[rows].float()


def make_loss(dataset: Dataset, weights: Float[Tensor, " M"] | None, device: torch.device) -> BatchLoss:
    """The loss of a batch: of its outputs, its targets and its rows (None for all rows)."""
    if weights is None:
        mean_loss = loss_function(dataset.task)
        return lambda outputs, targets, rows: mean_loss(outputs, targets)
    weighted_loss, all_weights = weighted_loss_function(dataset.task), weights.to(device)
    return lambda outputs, targets, rows: weighted_loss(
        outputs, targets, all_weights if rows is None else all_weights[rows]
    )


def set_lr(optimizer: torch.optim.Optimizer, recipe: Recipe, step: int, steps: int) -> float:
    """Give the optimizer the learning rate of a step, by the recipe's schedule; returns it."""
    if recipe.schedule == "constant":
        return recipe.lr
    lr = recipe.lr * lr_factor(recipe.schedule, step, steps)
    for group in optimizer.param_groups:
        group["lr"] = lr
    return lr
