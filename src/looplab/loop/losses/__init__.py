"""Losses: one file each in this folder; nothing else names them."""

from collections.abc import Callable
from typing import Any

from jaxtyping import Float
from torch import Tensor

from looplab.data import Dataset, Task
from looplab.errors import ModelError, RegistryError
from looplab.loop.losses.loss import Loss
from looplab.loop.losses.objective import LossLike, Objective, objective_among
from looplab.registry import Registry

__all__ = [
    "LOSSES", "Loss", "LossLike", "Objective", "check_outputs", "loss_function", "loss_of", "objective_of",
]  # fmt: skip

LossFunction = Callable[[Float[Tensor, "B O"], Tensor], Float[Tensor, ""]]


class _Losses(Registry[Loss]):
    """The losses; each task has exactly one that is its own."""

    def _check(self, entry: Loss) -> None:
        others = [loss.name for loss in self.values() if loss.task == entry.task and loss.of_task]
        if others and entry.of_task:
            raise RegistryError(
                f"loss '{entry.name}'",
                expected="a task of its own",
                got=f"'{entry.task}', whose loss is '{others[0]}'",
            )


LOSSES = _Losses("loss", Loss)
"""The losses by name."""

LOSSES.register_folder(__name__, __path__)


def loss_of(task: Task) -> Loss:
    """The loss of a task."""
    return next(loss for loss in LOSSES.values() if loss.task == task and loss.of_task)


def loss_function(task: Task) -> LossFunction:
    """The mean loss over a batch: of outputs B×O and the batch's targets."""
    return loss_of(task).function


def objective_of(loss: Any, dataset: Dataset) -> Objective:
    """What is minimized on a dataset: see `objective_among`, with what is registered."""
    return objective_among(dict(LOSSES), loss, dataset)


def check_outputs(outputs: Tensor, dataset: Dataset, rows: int) -> None:
    """Raise a `ModelError` unless a model's outputs for this many rows fit the dataset's targets."""
    expected = (rows, dataset.outputs)
    if tuple(outputs.shape) == expected:
        return
    meaning = loss_of(dataset.task).of_outputs
    raise ModelError(
        f"outputs of the model on '{dataset.name}' ({dataset.task})",
        expected=f"shape {expected}, rows by outputs",
        got=str(tuple(outputs.shape)),
        fix=f"Let the last layer have {dataset.outputs} output{'s' if dataset.outputs > 1 else ''}"
        f"{meaning and f', {meaning}'}.",
    )
