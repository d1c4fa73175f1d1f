"""How the number that is differentiated relates to the mean loss of the textbook: its kind, its factor, its sign."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from looplab.doctor.record import LossCall, Record

__all__ = ["LossFactor", "loss_factor", "loss_name"]

_FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "cross_entropy": functional.cross_entropy,
    "nll_loss": functional.nll_loss,
    "binary_cross_entropy": functional.binary_cross_entropy,
    "binary_cross_entropy_with_logits": functional.binary_cross_entropy_with_logits,
    "mse_loss": functional.mse_loss,
    "l1_loss": functional.l1_loss,
}


@dataclass(frozen=True, kw_only=True)
class LossFactor:
    """What was differentiated, as a multiple of a mean loss.

    Attributes:
        name: of the loss, as torch calls it.
        factor: of the mean over rows; negative where it was maximized.
        value: of the mean loss in the first step.
    """

    name: str
    factor: float
    value: float


def loss_name(record: Record) -> str:
    """The loss of the first step, by torch's name; "" where it is another."""
    known = [call for call in record.losses if call.name in _FUNCTIONS]
    if known:
        return known[0].name
    return next((name for call in record.losses if (name := _recognized(call)) is not None), "")


def loss_factor(record: Record) -> LossFactor | None:
    """The factor, from the first step: that by which the loss was scaled, times that of a sum in place of a mean."""
    for operation in reversed(record.operations):
        if operation.name not in _FUNCTIONS or operation.first is None or operation.second is None:
            continue
        if operation.gradient is None or operation.gradient.numel() != 1:
            return None
        mean = _mean(operation.name, operation.first, operation.second)
        if mean is None or operation.output is None or not float(mean):
            return None
        factor = float(operation.gradient) * float(operation.output) / float(mean)
        return LossFactor(name=operation.name, factor=factor, value=float(mean))
    return _handwritten(record)


def _handwritten(record: Record) -> LossFactor | None:
    """The factor of a loss in the person's own formula, from its value and outputs and targets."""
    call = next(iter(record.losses), None)
    if call is None or not record.steps:
        return None
    value = record.steps[0].loss
    for name in _FUNCTIONS:
        mean = _mean(name, call.outputs, call.targets)
        if mean is None or not float(mean):
            continue
        factor = value / float(mean)
        rows = max(1, len(call.outputs)) if call.outputs.ndim else 1
        expected = {1.0, float(rows), float(call.outputs.numel()), 1.0 / rows, 0.5, 100.0, 1000.0, 0.01, 0.001}
        if any(abs(abs(factor) - each) <= 1e-3 * each for each in expected):
            return LossFactor(name=name, factor=factor, value=float(mean))
    return None


def _recognized(call: LossCall) -> str | None:
    value = float(call.value) if call.value.numel() == 1 else float("nan")
    for name in _FUNCTIONS:
        mean = _mean(name, call.outputs, call.targets)
        if mean is not None and abs(float(mean) - value) <= 1e-4 * abs(value):
            return name
    return None


def _mean(name: str, outputs: Tensor, targets: Tensor) -> Tensor | None:
    """The mean loss; None where outputs and targets do not fit it."""
    try:
        with torch.no_grad():
            return _FUNCTIONS[name](outputs, targets)
    except (RuntimeError, ValueError, IndexError, TypeError):
        return None
