"""What `train` needs around its loop: the batches and the loss."""

from collections.abc import Callable, Iterator
from itertools import islice

from jaxtyping import Float, Int
from torch import Tensor

from looplab.data import Dataset, batch_order
from looplab.errors import ModelError
from looplab.loop.losses import Objective, check_outputs
from looplab.loop.training import Training
from looplab.words import kind_in_words

__all__ = ["batches", "make_loss"]

Batch = tuple[Float[Tensor, "B D"] | Int[Tensor, "B D"], Tensor, Float[Tensor, " B"] | None]
MeanLoss = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def batches(training: Training, weights: Float[Tensor, " N"] | None) -> Iterator[Batch]:
    """Inputs, targets and weights of each step's rows, from the training's step on, where the model lies.

    The weights are None if all rows count alike.
    """
    dataset, recipe, device = training.dataset, training.recipe, next(training.model.parameters()).device
    X, y, w = dataset.inputs.to(device), dataset.targets.to(device), None if weights is None else weights.to(device)
    size = None if recipe.batch_size is None else min(recipe.batch_size, len(dataset))
    order = batch_order(len(dataset), size, training.steps, recipe.seed)
    for rows in islice(order, training.step, None):
        yield (X, y, w) if rows is None else (X[rows], y[rows], None if w is None else w[rows])


def make_loss(dataset: Dataset, objective: Objective) -> MeanLoss:
    """The loss of a batch, of its outputs, targets and weights, as a mean that is weighted or plain.

    It raises a `ModelError` for outputs that do not fit the targets, before they can be broadcast, and for a loss that
    no parameter has a part in.
    """

    def mean_loss(outputs: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        if not isinstance(outputs, Tensor):
            raise ModelError("outputs of the model", expected="one tensor", got=kind_in_words(outputs))
        check_outputs(outputs, dataset, len(targets))
        loss = objective.mean(outputs, targets) if weights is None else objective.weighted(outputs, targets, weights)
        if not loss.requires_grad:
            raise ModelError(
                "parameters of the model",
                expected="at least one that the loss depends on",
                got="none",
                fix="Leave requires_grad on, and let forward detach nothing.",
            )
        return loss

    return mean_loss
