"""What a loss is given: the answers and the targets of the first step, however the loss is written."""

from dataclasses import dataclass

import torch
from torch import Tensor

from looplab.doctor.lineage import Lineage
from looplab.doctor.operations import LOSSES, Operation
from looplab.doctor.record import LossCall, Record

__all__ = [
    "Answers",
    "answers_of",
    "backward_began",
    "backward_ran_in_vain",
    "is_probabilities",
    "lineage_of",
    "targets_like",
]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """What went into the loss.

    Attributes:
        name: of the loss, as torch calls it; "loss_fn" for one that was handed over; "" where it is written out.
        outputs: the model's, as the loss got them.
        targets: as the loss got them.
    """

    name: str
    outputs: Tensor
    targets: Tensor | None


def answers_of(operations: list[Operation], losses: list[LossCall]) -> Answers | None:
    """What the loss was given: by a loss of torch's, else by the function handed over, else what the model returned."""
    named = [each for each in losses if each.name in LOSSES]
    call = next(iter(named or losses), None)
    if call is not None:
        return Answers(name=call.name, outputs=call.outputs, targets=call.targets)
    answer = Lineage(operations).answer
    output = operations[answer].output if answer >= 0 else None
    return None if output is None else Answers(name="", outputs=output, targets=None)


def lineage_of(record: Record) -> Lineage:
    """The graph of the first step's operations, made once."""
    found: Lineage = record.known.setdefault("lineage", Lineage(record.operations))
    return found


def backward_began(record: Record) -> bool:
    """Whether a backward pass was seen to begin in the steps whose operations were recorded."""
    return any(each.is_loss or each.name == "backward" for each in record.operations)


def backward_ran_in_vain(record: Record) -> bool:
    """Whether a backward pass began, no gradient came back to any parameter in any step, and none has moved."""
    returned = any(step.backwards or float(step.updates.sum()) > 0 for step in record.steps)
    return bool(record.steps) and not returned and backward_began(record)


def targets_like(record: Record, values: Tensor | None) -> bool:
    """Whether values are the targets of the first batch, in whatever shape and type."""
    if values is None or record.targets is None or not record.batch_rows:
        return False
    targets = record.targets[: record.batch_rows[0]]
    return values.numel() == targets.numel() and torch.equal(values.flatten().double(), targets.flatten().double())


def is_probabilities(values: Tensor, dim: int) -> bool:
    """Whether numbers are between 0 and 1 and add up to 1 along a dimension of at least two."""
    if not values.is_floating_point() or values.ndim < 1 or not -values.ndim <= dim < values.ndim:
        return False
    if values.shape[dim] < 2 or values.numel() == 0 or not bool(torch.isfinite(values).all()):
        return False
    within = bool((values >= 0).all()) and bool((values <= 1 + 1e-4).all())
    sums = values.double().sum(dim=dim)
    return within and bool((sums - 1).abs().max() < 1e-3)
