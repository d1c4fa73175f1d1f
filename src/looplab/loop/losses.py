"""The loss of each task: mean squared error, binary cross-entropy, cross-entropy."""

from collections.abc import Callable

from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from looplab.data import Dataset, Task
from looplab.errors import ModelError

__all__ = ["check_outputs", "loss_function", "weighted_loss_function"]

LossFunction = Callable[[Float[Tensor, "B O"], Tensor], Float[Tensor, ""]]
WeightedLossFunction = Callable[[Float[Tensor, "B O"], Tensor, Float[Tensor, " B"]], Float[Tensor, ""]]

_LOSSES: dict[Task, Callable[..., Tensor]] = {
    "regression": functional.mse_loss,
    "binary": functional.binary_cross_entropy_with_logits,
    "multiclass": functional.cross_entropy,
}


def loss_function(task: Task) -> LossFunction:
    """The mean loss over a batch: of outputs B×O and the batch's targets."""
    return _LOSSES[task]


def weighted_loss_function(task: Task) -> WeightedLossFunction:
    """The loss over a batch as a weighted mean, Σ wᵢ·lossᵢ / Σ wᵢ: of outputs, targets and weights of B rows."""
    row_losses = _LOSSES[task]

    def weighted(
        outputs: Float[Tensor, "B O"], targets: Float[Tensor, "B O"] | Int[Tensor, " B"], weights: Float[Tensor, " B"]
    ) -> Float[Tensor, ""]:
        losses = row_losses(outputs, targets, reduction="none")
        if losses.ndim == 2:
            losses = losses.mean(dim=1)
        return (weights * losses).sum() / weights.sum()

    return weighted


def check_outputs(outputs: Tensor, dataset: Dataset, rows: int) -> None:
    """Raise a `ModelError` unless a model's outputs for so many rows fit the dataset's targets."""
    expected = (rows, dataset.outputs)
    if tuple(outputs.shape) == expected:
        return
    raise ModelError(
        f"outputs of the model on '{dataset.name}' ({dataset.task})",
        expected=f"shape {expected}, rows by outputs",
        got=str(tuple(outputs.shape)),
        fix=f"Let the last layer have {dataset.outputs} output{'s' if dataset.outputs > 1 else ''}"
        f"{', one a class' if dataset.task == 'multiclass' else ''}.",
    )
