"""One training step of many replicas at once, as `vmap` takes it: predict, measure, compute the gradient."""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import vmap

from looplab.data import Dataset
from looplab.loop.losses import Objective
from looplab.loop.surroundings import fresh_state
from looplab.replicas.batching import Batch
from looplab.replicas.dropout import DropoutCall, GivenDropout, WatchDropout
from looplab.replicas.stacked import StackedModel

__all__ = ["dropout_calls", "stacked_gradients", "stacked_losses"]


def stacked_losses(
    model: StackedModel,
    dataset: Dataset,
    objective: Objective,
    parameters: Float[Tensor, "R P"],
    buffers: Mapping[str, Tensor],
) -> tuple[Float[Tensor, " R"], Float[Tensor, "R N O"]]:
    """The loss of each replica over all rows of a dataset, and its outputs for them, without gradients."""
    targets = dataset.targets.to(parameters.device)
    outputs = model.all(parameters, buffers, dataset.inputs.to(parameters.device))
    losses: Tensor = vmap(objective.mean, in_dims=(0, None))(outputs, targets)
    return losses, outputs


def stacked_gradients(
    model: StackedModel,
    objective: Objective,
    parameters: Float[Tensor, "R P"],
    buffers: Mapping[str, Tensor],
    batch: Batch,
    masks: Sequence[Tensor],
) -> tuple[Float[Tensor, "R P"], Float[Tensor, " R"], Float[Tensor, "R B O"]]:
    """Gradient, loss and outputs of each replica on its batch: predict, measure, compute the gradient."""

    def loss_of(
        row: Tensor, buffer: Mapping[str, Tensor], X: Tensor, y: Tensor, w: Tensor | None, given: Sequence[Tensor]
    ) -> tuple[Tensor, Tensor]:
        if given:
            with GivenDropout(given):
                outputs = model.one(row, buffer, X)
        else:
            outputs = model.one(row, buffer, X)
        return objective.mean(outputs, y) if w is None else objective.weighted(outputs, y, w), outputs

    rows_axis = None if batch.shared else 0
    axes = (0, 0, rows_axis, rows_axis, None if batch.weights is None else 0, 0)
    parameters = parameters.detach().requires_grad_()
    losses, outputs = vmap(loss_of, in_dims=axes, randomness="error")(
        parameters, dict(buffers), batch.inputs, batch.targets, batch.weights, tuple(masks)
    )
    (gradient,) = torch.autograd.grad(losses.sum(), parameters)  # no loss depends on another's row
    return gradient, losses.detach(), outputs.detach()


def dropout_calls(model: nn.Module, inputs: Float[Tensor, "B D"]) -> list[DropoutCall]:
    """The calls of dropout in a forward pass of these inputs."""
    watch = WatchDropout()
    with fresh_state(0), torch.no_grad(), watch:
        model(inputs)
    return watch.calls
