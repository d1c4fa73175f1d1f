"""A sigmoid is taken of what already is one."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from looplab.doctor.answers import lineage_of
from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_step_patched
from looplab.doctor.reach import reach_of
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["SIGMOID_TWICE"]

_SECOND = {"sigmoid", "binary_cross_entropy_with_logits", "logsigmoid", "multilabel_soft_margin_loss"}
_FIRST = {"sigmoid", "softmax", "hardsigmoid"}
_BY_HAND = {"reciprocal", "rdiv", "div", "truediv", "rtruediv", "expit"}


def look(record: Record) -> Sign | None:
    """Looks for a sigmoid or softmax right before each sigmoid on the way to the loss."""
    lineage = lineage_of(record)
    for index in sorted(lineage.to_loss()):
        operation = record.operations[index]
        values = operation.first
        if operation.name not in _SECOND or values is None or not _is_within_unit(values):
            continue
        made = _made_by(record, lineage, operation)
        if made:
            return Sign(
                evidence=(
                    f"What {operation.name} takes for logits was made by {made} and lies between "
                    f"{float(values.min()):.2g} and {float(values.max()):.2g}; the probability it makes of that is "
                    "never outside 0.50 to 0.73."
                ),
                fix=(
                    "Leave the sigmoid at the end of the model out, and take it where you predict; or keep it and use "
                    "nn.BCELoss()."
                ),
                confidence=0.97,
                repair=Repair(name="the second sigmoid left out", change=_mended),
            )
    return None


def _made_by(record: Record, lineage: Lineage, operation: Operation) -> str:
    """What squashed the numbers before, in words; "" if nothing did."""
    origin = lineage.origin(operation.sources[0])
    before = record.operations[origin] if origin >= 0 else None
    if before is not None and before.name in _FIRST:
        return f"a {before.name} in {layer_name(before)}"
    by_hand = before is not None and before.name in _BY_HAND
    if not by_hand and operation.name != "binary_cross_entropy_with_logits":
        return ""
    reach = reach_of(record)
    if reach is None or reach.low < -1e-6 or reach.high > 1 + 1e-6 or reach.high <= reach.low:
        return ""
    return "a model that cannot leave the range from 0 to 1, whatever its weights,"


def _mended(parts: Parts) -> Parts:
    return with_step_patched(parts, _without_second)


def _without_second(call: Call) -> Any:
    values = call.args[0] if call.args else None
    if call.name not in _SECOND or not isinstance(values, Tensor) or not _is_within_unit(values.detach()):
        return call.result()
    logits = torch.logit(values.clamp(1e-6, 1 - 1e-6))
    if call.name == "binary_cross_entropy_with_logits":
        return functional.binary_cross_entropy_with_logits(logits, *call.args[1:], **call.kwargs)
    return {"sigmoid": values, "logsigmoid": values.clamp(min=1e-12).log()}.get(call.name, call.result())


def _is_within_unit(values: Tensor) -> bool:
    return values.is_floating_point() and values.numel() > 0 and bool((values >= 0).all()) and bool((values <= 1).all())


SIGMOID_TWICE = Rule(
    name="sigmoid_twice",
    title="The sigmoid is taken twice",
    why=(
        "A loss with logits takes the sigmoid itself. The sigmoid of a number between 0 and 1 lies between 0.50 and "
        "0.73, so no row can be called negative, and the loss stays high."
    ),
    configuration=True,
    threshold="All numbers between 0 and 1, and made by an operation, or a model, that cannot give others.",
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "output_activation_range", "underfit_capacity", "vanishing_gradient"),
            *("class_imbalance_majority", "metric_bug"),
        }
    ),
    look=look,
)
