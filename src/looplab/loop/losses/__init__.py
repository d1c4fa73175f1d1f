"""Losses: one file each in this folder; nothing else names them."""

from collections.abc import Callable

from jaxtyping import Float
from torch import Tensor

from looplab.data import Dataset, Task
from looplab.errors import ModelError, RegistryError
from looplab.loop.losses.loss import Loss
from looplab.registry import Registry

__all__ = ["LOSSES", "Loss", "check_outputs", "loss_function", "loss_of", "weighted_loss_function"]

LossFunction = Callable[[Float[Tensor, "B O"], Tensor], Float[Tensor, ""]]
WeightedLossFunction = Callable[[Float[Tensor, "B O"], Tensor, Float[Tensor, " B"]], Float[Tensor, ""]]


class _Losses(Registry[Loss]):
    """The losses; each task has exactly one."""

    def _check(self, entry: Loss) -> None:
        others = [loss.name for loss in self.values() if loss.task == entry.task]
        if others:
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
    return next(loss for loss in LOSSES.values() if loss.task == task)


def loss_function(task: Task) -> LossFunction:
    """The mean loss over a batch: of outputs B×O and the batch's targets."""
    return loss_of(task).function


def weighted_loss_function(task: Task) -> WeightedLossFunction:
    """The loss over a batch as a weighted mean, Σ wᵢ·lossᵢ / Σ wᵢ: of outputs, targets and weights of B rows."""
    return loss_of(task).weighted


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
