"""A model's outputs and loss for a dataset, without learning from it."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.loop.losses import LossLike, objective_of

__all__ = ["evaluate", "evaluating", "predicted"]


def evaluate(model: nn.Module, dataset: Dataset, loss: LossLike = None) -> float:
    """The loss of a model over all rows of a dataset, with dropout and the like switched off meanwhile."""
    outputs, targets = predicted(model, dataset)
    return objective_of(loss, dataset).mean(outputs, targets).item()


def predicted(model: nn.Module, dataset: Dataset) -> tuple[Float[Tensor, "N O"], Tensor]:
    """A model's outputs for all rows of a dataset, and the targets beside them on the model's device."""
    device = next(model.parameters()).device
    with evaluating(model), torch.no_grad():
        outputs = model(dataset.inputs.to(device))
    return outputs, dataset.targets.to(device)


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
