"""What `train` needs around its loop: batches, the loss, the mode of the model."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset, batch_order
from looplab.errors import ModelError
from looplab.loop.losses import Objective, check_outputs
from looplab.loop.recipe import Recipe

__all__ = ["batches", "evaluating", "make_loss"]

Batch = tuple[Float[Tensor, "B D"], Tensor, Float[Tensor, " B"] | None]
MeanLoss = Callable[[Tensor, Tensor, Tensor | None], Tensor]


def batches(dataset: Dataset, weights: Float[Tensor, " N"] | None, recipe: Recipe, model: nn.Module) -> Iterator[Batch]:
    """Inputs, targets and weights of each step's rows, where the model lies; weights are None if all count alike."""
    device = next(model.parameters()).device
    X, y, w = dataset.inputs.to(device), dataset.targets.to(device), None if weights is None else weights.to(device)
    size = None if recipe.batch_size is None else min(recipe.batch_size, len(dataset))
    for rows in batch_order(len(dataset), size, recipe.total_steps(len(dataset)), recipe.seed):
        yield (X, y, w) if rows is None else (X[rows], y[rows], None if w is None else w[rows])


def make_loss(dataset: Dataset, objective: Objective) -> MeanLoss:
    """The loss of a batch, of its outputs, targets and weights, as a mean that is weighted or plain.

    It raises a `ModelError` for outputs that do not fit the targets, before they can be broadcast, and for a loss that
    no parameter has a part in.
    """

    def mean_loss(outputs: Tensor, targets: Tensor, weights: Tensor | None) -> Tensor:
        if not isinstance(outputs, Tensor):
            raise ModelError("outputs of the model", expected="one tensor", got=f"a {type(outputs).__name__}")
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


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put a model into evaluation mode; at the end, each of its modules back into the mode in which it was found."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training
