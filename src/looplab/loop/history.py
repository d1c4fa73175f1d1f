"""What is written down during a training, step by step."""

import math
import time

import torch
from torch import Tensor, nn

from looplab.errors import DivergenceError
from looplab.loop.recipe import Recipe
from looplab.loop.run import Run

__all__ = ["History"]


class History:
    """The losses of a training, and the time since its loop began.

    Args:
        model: the model that is trained.
        recipe: how.
        steps: number of updates, T.
        record_every: keep the losses of steps k-1, 2k-1, 3k-1, ...

    Attributes:
        train_loss: the recorded losses of batches.
        validation_loss: the recorded losses of the validation rows; empty without them.
        lr: the learning rate of the step that is being taken.
    """

    def __init__(self, model: nn.Module, recipe: Recipe, steps: int, record_every: int) -> None:
        self._model, self._recipe, self._steps, self._record_every = model, recipe, steps, record_every
        self.train_loss: list[float] = []
        self.validation_loss: list[float] = []
        self._started = time.perf_counter()
        self.lr = recipe.lr
        self._finite_at_first = {name for name, parameter in model.named_parameters() if _is_finite(parameter)}

    def measured(self, step: int, loss: Tensor) -> None:
        """Write down the loss of a step's batch, where it is due.

        Raises:
            DivergenceError: the loss is infinite or NaN.
        """
        value = loss.item()
        if not math.isfinite(value):
            raise DivergenceError(step=step, lr=self.lr, loss=value, run=self._run())
        if self.is_due(step):
            self.train_loss.append(value)

    def validated(self, loss: float) -> None:
        """Write down a validation loss."""
        self.validation_loss.append(loss)

    def is_due(self, step: int) -> bool:
        """Whether the losses of a step are to be kept."""
        return (step + 1) % self._record_every == 0

    def run(self) -> Run:
        """The whole training.

        Raises:
            DivergenceError: the last update, which no loss follows, left a parameter infinite or NaN.
        """
        for name, parameter in self._model.named_parameters():
            if name in self._finite_at_first and not _is_finite(parameter):
                step, value = self._steps - 1, parameter[~torch.isfinite(parameter)][0].item()
                what = f"the parameter {name} after the update of"
                raise DivergenceError(step=step, lr=self.lr, loss=value, what=what, run=self._run())
        return self._run()

    def _run(self) -> Run:
        return Run(
            model=self._model,
            train_loss=torch.tensor(self.train_loss, dtype=torch.float32),
            validation_loss=torch.tensor(self.validation_loss, dtype=torch.float32) if self.validation_loss else None,
            recipe=self._recipe,
            seconds=time.perf_counter() - self._started,
        )


def _is_finite(parameter: Tensor) -> bool:
    return bool(torch.isfinite(parameter.detach()).all())
