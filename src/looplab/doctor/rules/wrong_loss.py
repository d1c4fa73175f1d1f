"""The loss does not fit the task, or what it is given."""

from collections.abc import Callable

import torch
from torch import Tensor

from looplab.doctor.answers import is_probabilities, lineage_of, targets_like
from looplab.doctor.operations import Operation
from looplab.doctor.ordering import in_order
from looplab.doctor.record import LossCall, Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["WRONG_LOSS"]

MOST_CLASSES = 50
"""Whole numbers that name classes are rarely more; more of them are counts or ages."""
_DISTANCES = {"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"}


def look(record: Record) -> Sign | None:
    """Looks at each loss of torch's by what it was given, then at squares that are written out."""
    for call in record.losses:
        for check in _CHECKS:
            sign = check(call)
            if sign is not None:
                return sign
    return _fitted_class_numbers(record) or _refused(record)


def _one_column(call: LossCall) -> Sign | None:
    """Cross-entropy of a single column, or over the rows of a batch."""
    if call.name not in {"cross_entropy", "nll_loss"}:
        return None
    if call.outputs.ndim >= 2 and call.outputs.shape[1] == 1:
        seen = f"{call.name} was given outputs of shape {tuple(call.outputs.shape)}: a single class, whose probability "
        seen += f"is always 1. The first loss is {float(call.value):.3g}."
    elif call.outputs.ndim == 1 and len(call.outputs) > 1 and call.targets.shape == call.outputs.shape:
        seen = f"{call.name} was given outputs of shape {tuple(call.outputs.shape)}, and takes the rows for classes."
    else:
        return None
    return Sign(
        evidence=seen,
        fix="With one output: loss = binary_cross_entropy_with_logits(outputs, y.float()); else one output per class",
        confidence=0.98,
    )


def _not_logarithms(call: LossCall) -> Sign | None:
    """Negative log-likelihood or divergence of what are no logarithms of probabilities."""
    if call.name not in {"nll_loss", "kl_div"} or call.outputs.ndim < 2 or not call.outputs.numel():
        return None
    if not bool((call.outputs > 1e-3).any()):
        return None
    kind = "probabilities" if is_probabilities(call.outputs, 1) else "numbers"
    return Sign(
        evidence=(
            f"{call.name} wants logarithms of probabilities, which are never above 0, and was given {kind} from "
            f"{float(call.outputs.min()):.3g} to {float(call.outputs.max()):.3g}."
        ),
        fix="loss = cross_entropy(logits, y); or end the model in LogSoftmax(dim=1)",
        confidence=0.97,
    )


def _targets_out_of_range(call: LossCall) -> Sign | None:
    """Binary cross-entropy of targets that are no probabilities; hinge losses of 0 and 1."""
    low, high = (float(call.targets.min()), float(call.targets.max())) if call.targets.numel() else (0.0, 0.0)
    if call.name.startswith("binary_cross_entropy") and (low < 0 or high > 1):
        fix = "Make the targets 0 and 1; or take cross_entropy for classes, mse_loss for numbers"
        wants = "targets from 0 to 1"
    elif call.name in {"soft_margin_loss", "hinge_embedding_loss"} and low >= 0 and high <= 1 and low < high:
        fix, wants = "y = 2 * y - 1", "targets of -1 and 1"
    else:
        return None
    return Sign(
        evidence=f"{call.name} wants {wants}, and was given some from {low:.3g} to {high:.3g}.",
        fix=fix,
        confidence=0.95,
    )


_CHECKS: tuple[Callable[[LossCall], Sign | None], ...] = (_one_column, _not_logarithms, _targets_out_of_range)


def _fitted_class_numbers(record: Record) -> Sign | None:
    """Squared or absolute distances from class numbers, which have no order."""
    if record.task.kind != "multiclass" or not 3 <= record.task.classes <= MOST_CLASSES or record.targets is None:
        return None
    if record.targets.is_floating_point() and record.targets.ndim == 2 and record.targets.shape[1] > 1:
        return None
    shares = [share for share in record.task.shares if share > 0]
    if len(shares) < record.task.classes or max(shares) > 20 * min(shares):
        return None  # counts: large ones are rare
    lineage = lineage_of(record)
    found = next(
        (
            each
            for index, each in enumerate(record.operations)
            if index in lineage.to_loss() and _measures_distance(record, each)
        ),
        None,
    )
    if found is None or in_order(record):
        return None
    name = found.name if found.name in _DISTANCES else "The loss"
    return Sign(
        evidence=(
            f"{name} measures how far outputs of shape {found.shapes[0]} are from class numbers 0 to "
            f"{record.task.classes - 1}; the inputs of neighbouring numbers are no more alike than others."
        ),
        fix=f"One output per class, nn.Linear(…, {record.task.classes}), and loss = cross_entropy(outputs, y.long())",
        confidence=0.6 if record.targets.is_floating_point() else 0.93,
        level="worth a look" if record.targets.is_floating_point() and _does_well(record) else "fault",
    )


def _measures_distance(record: Record, operation: Operation) -> bool:
    if operation.name not in _DISTANCES | {"sub", "rsub"} or len(operation.shapes) < 2:
        return False
    return targets_like(record, operation.second) or targets_like(record, operation.first)


def _does_well(record: Record) -> bool:
    score = record.epochs[-1].train if record.epochs else None
    return score is not None and score.unexplained < 0.1


def _refused(record: Record) -> Sign | None:
    text = str(record.error)
    if not isinstance(record.error, RuntimeError) or "between 0 and 1" not in text:
        return None
    answer = lineage_of(record).answer
    output: Tensor | None = record.operations[answer].output if answer >= 0 else None
    if output is None or not bool(torch.isfinite(output).all()):
        return None
    reached = f"; the model gave {float(output.min()):.3g} to {float(output.max()):.3g}"
    return Sign(
        evidence=f"Binary cross-entropy without logits wants probabilities{reached}.",
        fix="loss = binary_cross_entropy_with_logits(outputs, y)",
        confidence=0.95,
    )


WRONG_LOSS = Rule(
    name="wrong_loss",
    title="The loss does not fit the task",
    why=(
        "A loss can fall without the task being learnt: a distance makes class 6 twice as far as class 3, the softmax "
        "of one column is always 1, and probabilities in place of their logarithms give gradients that fade."
    ),
    configuration=True,
    threshold=(
        "Arguments that the loss cannot mean; class numbers (3 to 50 of them, none 20 times as frequent as another) "
        "whose inputs are not ordered as they are."
    ),
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "unscaled_targets", "output_activation_range"),
            *("loss_sign", "vanishing_gradient", "class_imbalance_majority", "missing_nonlinearity"),
        }
    ),
    look=look,
)
