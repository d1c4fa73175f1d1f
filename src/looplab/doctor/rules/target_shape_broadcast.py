"""Outputs and targets have shapes that broadcast: each output is compared with the targets of all rows."""

from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.answers import lineage_of, targets_like
from looplab.doctor.operations import LOSSES, Operation
from looplab.doctor.parts import Parts
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["TARGET_SHAPE_BROADCAST"]

_PAIRWISE = {"sub", "rsub", "mul", "rmul", "div", "truediv", "rdiv", "eq", "xlogy"} | LOSSES

Shape = tuple[int, ...]


def look(record: Record) -> Sign | None:
    """Looks at the shapes wherever the targets meet what came from the model."""
    lineage = lineage_of(record)
    for index in sorted(lineage.to_loss()):
        operation = record.operations[index]
        if operation.name not in _PAIRWISE or len(operation.shapes) < 2:
            continue
        shapes = _of_outputs_and_targets(record, operation)
        if shapes is not None and _blows_up(*shapes):
            return _sign(operation, *shapes)
    if isinstance(record.error, ValueError) and "target size" in str(record.error):
        return Sign(
            evidence=f"The loss was refused: {record.error}",
            fix="y = y.view_as(outputs), once you made sure that they belong together row by row",
            confidence=0.9,
        )
    return None


def _of_outputs_and_targets(record: Record, operation: Operation) -> tuple[Shape, Shape] | None:
    """The two shapes, outputs first; None where the operation does not compare these two."""
    if targets_like(record, operation.second):
        return operation.shapes[0], operation.shapes[1]
    if targets_like(record, operation.first):
        return operation.shapes[1], operation.shapes[0]
    return (operation.shapes[0], operation.shapes[1]) if operation.name in LOSSES else None


def _blows_up(outputs: Shape, targets: Shape) -> bool:
    """Whether two tensors of as many numbers become more when they are broadcast."""
    if outputs == targets or torch.Size(outputs).numel() != torch.Size(targets).numel():
        return False
    try:
        both = torch.broadcast_shapes(outputs, targets)
    except RuntimeError:
        return False
    return int(both.numel()) > torch.Size(outputs).numel()


def _sign(operation: Operation, outputs: Shape, targets: Shape) -> Sign:
    both = torch.broadcast_shapes(outputs, targets)
    shape = tuple(outputs)

    def mended(parts: Parts) -> Parts:
        step = parts.step

        def shaped(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Any, x: Any, y: Any) -> Any:
            fits = isinstance(y, Tensor) and y.ndim > 0
            return step(model, optimizer, loss_fn, x, y.reshape(len(y), *shape[1:]) if fits else y)

        return replace(parts, step=shaped)

    return Sign(
        evidence=(
            f"{operation.name} was given outputs of shape {outputs} and targets of shape {targets}, which broadcast to "
            f"{tuple(both)}: {both.numel():,} pairs instead of {torch.Size(outputs).numel():,}."
        ),
        fix="loss = loss_fn(outputs, y.view_as(outputs))",
        confidence=0.98,
        repair=Repair(name="targets in the shape of the outputs", change=mended),
    )


TARGET_SHAPE_BROADCAST = Rule(
    name="target_shape_broadcast",
    title="Outputs and targets are compared across rows",
    why=(
        "Of shapes (N, 1) and (N,), every output is compared with every row's target. The best answer to that is the "
        "mean of all targets, the same for each row."
    ),
    configuration=True,
    threshold="As many numbers in both, but more once they are broadcast; no number is involved.",
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "wrong_loss", "loss_scale_wrong"),
            *("shuffled_labels", "missing_nonlinearity", "metric_bug", "class_imbalance_majority"),
        }
    ),
    look=look,
)
