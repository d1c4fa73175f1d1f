"""What is written down of batches that are computed in parts."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from looplab.errors import DivergenceError
from looplab.loop.computing.processes import Processes
from looplab.loop.computing.shares import Part
from looplab.loop.history import History
from looplab.loop.losses import Objective
from looplab.loop.recipe import Recipe
from looplab.loop.recording import Recording

__all__ = ["HistoryOfParts"]


class HistoryOfParts(History):
    """Adds up the parts of each batch, over all processes, and then writes down what the batch has.

    Args:
        model: the model that is trained.
        recipe: how.
        recording: what is to be recorded.
        objective: what is minimized over parts.
        processes: those of the training; None if there is only this one.
        diverged: what all of them do before they say that the loss is not finite.
    """

    def __init__(
        self,
        model: nn.Module,
        recipe: Recipe,
        recording: Recording,
        objective: Objective,
        processes: Processes | None,
        diverged: Callable[[], None],
    ) -> None:
        super().__init__(model, recipe, recording, objective)
        self._processes, self._diverged = processes, diverged
        self._loss = 0.0
        self._outputs: list[Tensor] = []
        self._targets: list[Tensor] = []
        self.part: Part | None = None

    def of_model(self, model: nn.Module) -> None:
        """Look at another model from now on: the whole one that was made of shards."""
        self._model = model

    def measured(self, step: int, loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        """Write down the loss of a part, and with the last one that of the batch.

        Raises:
            DivergenceError: the batch's loss is infinite or NaN; all processes raise it.
        """
        assert self.part is not None, "parts come first"
        self._loss += loss.item()
        if self._metrics and self._is_due(step):
            self._outputs.append(outputs.detach()[: self.part.rows])
            self._targets.append(targets[: self.part.rows])
        if not self.part.is_last:
            return
        summed = self._loss
        if self._processes is not None:
            summed = self._processes.sums([summed])[0] / self._processes.size
        of_batch = torch.tensor(summed, dtype=loss.dtype)
        all_outputs, all_targets = self._all(self._outputs, outputs), self._all(self._targets, targets)
        self._loss, self._outputs, self._targets = 0.0, [], []
        try:
            super().measured(step, of_batch, all_outputs, all_targets)
        except DivergenceError:
            self._diverged()
            raise

    def _all(self, kept: list[Tensor], otherwise: Tensor) -> Tensor:
        """The rows of the whole batch, where metrics want them."""
        if not kept:
            return otherwise
        rows = torch.cat(kept)
        return rows if self._processes is None else self._processes.rows(rows)
