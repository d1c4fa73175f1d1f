"""What was seen of a training: the record that all rules of the doctor read."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from looplab.doctor.operations import Operation
from looplab.doctor.task import Score, Task

if TYPE_CHECKING:
    from looplab.doctor.parts import Parts
    from looplab.doctor.trials import Trials

__all__ = ["EpochSeen", "LossCall", "Record", "StepSeen"]


@dataclass(frozen=True, kw_only=True)
class LossCall:
    """One call of a loss.

    Attributes:
        name: "loss_fn" for the function that was handed over, else torch's name: "cross_entropy", "mse_loss" …
        outputs: its first argument, copied.
        targets: its second.
        value: what it returned.
        reduction: of torch's functions; "" where unknown.
    """

    name: str
    outputs: Tensor
    targets: Tensor
    value: Tensor
    reduction: str = ""


@dataclass(kw_only=True)
class StepSeen:
    """One step. Norms are Euclidean, one for each of the P parameters in `Record.names`; NaN where there was none.

    Attributes:
        epoch: counted from 0.
        index: of the step, counted from 0 over all epochs.
        rows: in the batch; 0 where it has no length.
        loss: the number that the step returned; NaN where none can be made of it.
        lr: learning rate of the first parameter group when the optimizer's step was called, or at the end.
        fresh: norm of the gradient that this step's backward pass brought.
        gathered: norm of what then stood in `.grad`, older gradients included.
        used: norm of `.grad` when the optimizer's step began.
        weights: norm of each parameter before the step.
        updates: norm of its change.
        optimizer_steps: how often the optimizer's step was called.
        backwards: how often gradients came back to any parameter.
        in_training_mode: whether the model was in training mode when it was called; None if it was not called.
        inputs_changed: whether the batch's inputs are not what they were before.
        stale: whether older gradients stood in `.grad` of what the optimizer holds when the first came back.
        graphs_alive: how many of the losses so far still have their graphs in memory.
    """

    epoch: int
    index: int
    rows: int
    loss: float = float("nan")
    lr: float = float("nan")
    fresh: Tensor = field(default_factory=lambda: torch.empty(0))
    gathered: Tensor = field(default_factory=lambda: torch.empty(0))
    used: Tensor = field(default_factory=lambda: torch.empty(0))
    weights: Tensor = field(default_factory=lambda: torch.empty(0))
    updates: Tensor = field(default_factory=lambda: torch.empty(0))
    optimizer_steps: int = 0
    backwards: int = 0
    in_training_mode: bool | None = None
    inputs_changed: bool = False
    stale: bool = False
    graphs_alive: int = 0


@dataclass(kw_only=True)
class EpochSeen:
    """The end of an epoch, looked at in evaluation mode.

    Attributes:
        train: how well the model does on rows that it was trained with, as they were fed to it.
        validation: the same for the validation data.
        reported: the number that the person's own `validate` gave; NaN without one.
        validated_in_training_mode: whether the model was in training mode when `validate` called it; None if not.
    """

    train: Score | None
    validation: Score | None
    reported: float = float("nan")
    validated_in_training_mode: bool | None = None


@dataclass(kw_only=True)
class Record:
    """All that the rules may look at. Nothing in it may be changed; train on `parts.copied()`, or through `trials`.

    Attributes:
        parts: the training as it was handed over, never trained; None where a person's own loop is watched.
        model: the model as it is now, after what was seen; `start` as it was before.
        names: of the parameters, in the order of `model.named_parameters()`.
        task: what is to be learnt.
        inputs: of the first epoch's batches, one after the other, as they came (up to some 20,000 rows); None where
            they are no tensors.
        targets: likewise.
        batch_rows: rows in each batch of the first epoch.
        fed: what the model was given for these rows, after whatever the step does to them.
        fed_targets: what the loss was given as targets for them.
        validation_inputs: as handed over, with `validation_targets`.
        validation_fed: what the model was given by `validate`; the validation inputs where it was not called.
        operations: of the first step; `last_operations` of the last one.
        losses: the calls of losses in the first step: of the function handed over, then of torch's by their names (the
            same call appears as both where the one calls the other).
        steps: each step.
        epochs: each epoch's end.
        wished_epochs: how many epochs the person wants; more than `epochs` if the doctor stopped before.
        error: what the person's own code raised; None if nothing.
        data_changed: whether an epoch's inputs are others after the training than before, and so are those handed out.
        trials: trains copies with one thing changed; None where a person's own loop is watched.
        shared: kinds of objects that could not be copied.
        random_state: of torch's generator when the training that was followed began; None where it was watched.
        step_operations: of other steps that were recorded, by the steps' numbers.
        graphs_kept: of a loop that is watched, how many losses at once had their graphs in memory, and after how many
            steps, where these were half of all so far or more; (0, 0) if they never were.
        batches_compared: of a loop that is watched, how many batches were looked at again later, where they lie.
        batches_overwritten: how many of them then held other values that come from the ones before.
        known: what rules have found out about this training, so that it is computed once for all of them.
    """

    parts: "Parts | None"
    start: nn.Module
    model: nn.Module
    optimizer: torch.optim.Optimizer
    loss_fn: Any
    names: list[str]
    task: Task
    inputs: Tensor | None
    targets: Tensor | None
    batch_rows: list[int]
    fed: Tensor | None
    fed_targets: Tensor | None
    validation_inputs: Tensor | None
    validation_targets: Tensor | None
    validation_fed: Tensor | None
    operations: list[Operation]
    last_operations: list[Operation]
    losses: list[LossCall]
    steps: list[StepSeen]
    epochs: list[EpochSeen]
    wished_epochs: int
    error: BaseException | None = None
    data_changed: bool = False
    trials: "Trials | None" = None
    shared: list[str] = field(default_factory=list)
    random_state: Tensor | None = None
    step_operations: dict[int, list[Operation]] = field(default_factory=dict)
    graphs_kept: tuple[int, int] = (0, 0)
    batches_compared: int = 0
    batches_overwritten: int = 0
    known: dict[str, Any] = field(default_factory=dict)
