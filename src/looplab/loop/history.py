"""What is written down during a training, step by step."""

import math
import time

import torch
from torch import Tensor, nn

from looplab.errors import DivergenceError
from looplab.loop.recipe import Recipe
from looplab.loop.run import Run
from looplab.loop.schedules import lr_factor

__all__ = ["History"]


class History:
    """The losses of a training, and the time since its loop began.

    Args:
        model: the model that is trained.
        recipe: how.
        steps: number of updates, T.
        record_every: keep the losses of steps k-1, 2k-1, 3k-1, ...
    """

    def __init__(self, model: nn.Module, recipe: Recipe, steps: int, record_every: int) -> None:
        self._model, self._recipe, self._steps, self._record_every = model, recipe, steps, record_every
        self._train_loss: list[float] = []
        self._validation_loss: list[float] = []
        self._started = time.perf_counter()

    def measured(self, step: int, loss: Tensor) -> None:
        """Write down the loss of a step's batch, where it is due.

        Raises:
            DivergenceError: the loss is infinite or NaN.
        """
        value = loss.item()
        if not math.isfinite(value):
            factor = lr_factor(self._recipe.schedule, step, self._steps)
            raise DivergenceError(step=step, lr=self._recipe.lr * factor, loss=value)
        if self.is_due(step):
            self._train_loss.append(value)

    def validated(self, loss: float) -> None:
        """Write down a validation loss."""
        self._validation_loss.append(loss)

    def is_due(self, step: int) -> bool:
        """Whether the losses of a step are to be kept."""
        return (step + 1) % self._record_every == 0

    def run(self) -> Run:
        """The training so far."""
        return Run(
            model=self._model,
            train_loss=torch.tensor(self._train_loss),
            validation_loss=torch.tensor(self._validation_loss) if self._validation_loss else None,
            recipe=self._recipe,
            seconds=time.perf_counter() - self._started,
        )
