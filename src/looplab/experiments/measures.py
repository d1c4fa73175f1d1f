"""What experiments measure on the runs of an arm: one number per seed."""

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.errors import ExperimentError
from looplab.experiments.experiment import Arm
from looplab.loop.losses import loss_function
from looplab.replicas import Runs

__all__ = [
    "accuracy",
    "final_loss",
    "final_validation_loss",
    "held_out_loss",
    "hidden_outputs",
    "scaled_final_loss",
    "share_of_dead_units",
    "steps_to_loss",
]


def final_loss(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The training loss of the last step that was recorded."""
    del arm
    return runs.train_loss[:, -1]


def final_validation_loss(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The loss on the validation rows after the last step that was recorded."""
    if runs.validation_loss is None:
        raise ExperimentError(f"arm {arm.name}", expected="validation rows", got="none")
    return runs.validation_loss[:, -1]


def scaled_final_loss(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The last training loss over the mean square of the targets: the same for targets of any scale."""
    return final_loss(arm, runs) / arm.dataset().targets.square().mean()


def steps_to_loss(runs: Runs, loss: float, record_every: int) -> Float[Tensor, " S"]:
    """The first recorded step with a training loss below a value; if there is none, one recording past the last."""
    reached = runs.train_loss < loss
    first = torch.where(reached.any(dim=1), reached.float().argmax(dim=1), reached.shape[1])
    return (first.float() + 1) * record_every


@torch.no_grad()
def accuracy(model: nn.Module, dataset: Dataset) -> float:
    """The share of rows to whose class the model gives the largest output; for several classes."""
    return float((model(dataset.inputs).argmax(dim=1) == dataset.targets).double().mean())


def share_of_dead_units(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The share of units in the first hidden layer whose ReLU is 0 on every row of the dataset."""
    inputs = arm.dataset().inputs
    silent = [_silent_units(runs.model(replica), inputs) for replica in range(len(runs.train_loss))]
    return torch.stack(silent).float().mean(dim=1)


def held_out_loss(arm: Arm, runs: Runs) -> Float[Tensor, " S"]:
    """The loss on the rows that a fold leaves out (weight 0), averaged over all folds."""
    dataset = arm.dataset()
    if arm.row_weights is None:
        raise ExperimentError(f"arm {arm.name}", expected="row weights that leave rows out", got="none")
    left_out = arm.row_weights(dataset) == 0
    outputs = runs.predict(dataset.inputs)
    by_fold = outputs.reshape(len(left_out), -1, *outputs.shape[1:])
    loss = loss_function(dataset.task)
    losses = [
        torch.stack([loss(replica[rows], dataset.targets[rows]) for replica in fold])
        for fold, rows in zip(by_fold, left_out, strict=True)
    ]
    return torch.stack(losses).mean(dim=0)


def hidden_outputs(model: nn.Sequential, inputs: Float[Tensor, "N D"]) -> Float[Tensor, "N H"]:
    """What the first hidden layer gives, after its activation."""
    with torch.no_grad():
        return torch.as_tensor(model[:2](inputs))


def _silent_units(model: nn.Module, inputs: Float[Tensor, "N D"]) -> Bool[Tensor, " H"]:
    if not isinstance(model, nn.Sequential):
        raise ExperimentError("share_of_dead_units", expected="an nn.Sequential", got=type(model).__name__)
    return (hidden_outputs(model, inputs) == 0).all(dim=0)
