"""How a training is computed where nothing is said about it: in this process, each batch at once, as it is written."""

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any

from torch import nn

from looplab.loop.callbacks.callback import Callback
from looplab.loop.checkpoints import Checkpoint
from looplab.loop.history import History
from looplab.loop.losses import Objective
from looplab.loop.recipe import Recipe
from looplab.loop.recording import Recording
from looplab.loop.setup import Batch

__all__ = ["Computing"]


class Computing(AbstractContextManager["Computing"]):
    """Computes a training as the loop has it.

    Args:
        objective: what is minimized.

    Attributes:
        objective: what is minimized over each part of a batch.
        is_first: whether this process is the one that reports to people.
        asked: what of it makes another training, for checkpoints.
    """

    is_first = True
    asked: Mapping[str, object] = {}

    def __init__(self, objective: Objective) -> None:
        self.objective = objective

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Leave an error as it is."""

    def network(self, model: nn.Module) -> Any:
        """What gives the outputs of a model: here, the model."""
        return model

    def history(self, model: nn.Module, recipe: Recipe, recording: Recording) -> History:
        """What writes down the losses."""
        return History(model, recipe, recording, self.objective)

    def parts(self, batch: Batch) -> Iterable[Batch]:
        """The parts of a batch, whose gradients add up to its gradient: here, all of it."""
        return (batch,)

    def callbacks(self, others: Iterable[Callback]) -> list[Callback]:
        """Callbacks of its own, to be called after the others."""
        return []

    def saving(self, checkpoint: Checkpoint) -> Checkpoint:
        """What saves the training where a caller asked for a checkpoint: that one."""
        return checkpoint
