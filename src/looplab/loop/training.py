"""A training while it goes on, as callbacks see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.loop.history import History
from looplab.loop.recipe import Recipe

__all__ = ["Training"]


@dataclass(eq=False)
class Training:
    """A training while it goes on.

    Attributes:
        model: the model that is trained.
        optimizer: torch's optimizer over its parameters.
        recipe: how it is trained.
        dataset: the rows that it learns from.
        validation: the rows that it is measured on besides, or None.
        steps: how many updates the recipe asks for, T.
        history: what was recorded so far.
        step: how many updates were made so far, from 0 to T.
        stopped: why the training ends before its last step; None as long as it does not.
        averaged: the average of parameters and buffers by name, where the recipe asks for one; else None.
        is_first: whether this process is the one to print and to write, of several that share the training.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    recipe: Recipe
    dataset: Dataset
    validation: Dataset | None
    steps: int
    history: History
    step: int = 0
    stopped: str | None = None
    averaged: Mapping[str, Tensor] | None = None
    is_first: bool = True

    @property
    def loss(self) -> float:
        """The loss of the last step's batch, before its update; NaN before the first step."""
        return self.history.loss

    @property
    def lr(self) -> float:
        """The learning rate of the last step."""
        return float(self.optimizer.param_groups[0]["lr"])

    @property
    def train_loss(self) -> Sequence[float]:
        """The losses recorded so far, as in `Run`."""
        return self.history.train_loss

    @property
    def validation_loss(self) -> Sequence[float]:
        """The validation losses recorded so far, as in `Run`."""
        return self.history.validation_loss

    @property
    def is_over(self) -> bool:
        """Whether no step is to follow."""
        return self.stopped is not None or self.step >= self.steps

    def stop(self, why: str = "a callback stopped it") -> None:
        """End the training after this step; `Run.stopped` will say why."""
        self.stopped = why
