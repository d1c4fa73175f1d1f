"""A softmax is taken of what already is one."""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from looplab.doctor.answers import is_probabilities, lineage_of
from looplab.doctor.lineage import layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_step_patched
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["SOFTMAX_BEFORE_CE"]

_SECOND = {"cross_entropy", "log_softmax", "softmax", "logsumexp"}


def look(record: Record) -> Sign | None:
    """Looks at what each softmax on the way to the loss is given: logits do not add up to 1 in every row."""
    lineage = lineage_of(record)
    for index in sorted(lineage.to_loss()):
        operation = record.operations[index]
        if operation.name not in _SECOND or operation.first is None or operation.first.ndim < 2:
            continue
        if is_probabilities(operation.first, _dim(operation)):
            first = lineage.origin(operation.sources[0])
            return _sign(operation, operation.first, record.operations[first] if first >= 0 else None)
    return None


def _sign(operation: Operation, values: Tensor, before: Operation | None) -> Sign:
    classes = values.shape[_dim(operation)]
    most = torch.e / (torch.e + classes - 1)
    made = f", made by a softmax in {layer_name(before)}" if before is not None and before.name == "softmax" else ""
    return Sign(
        evidence=(
            f"What {operation.name} is given lies between {float(values.min()):.2g} and {float(values.max()):.2g} and "
            f"adds up to 1 in every row{made}; so a probability above {most:.2f} cannot be said for any of the "
            f"{classes} classes."
        ),
        fix="Leave the softmax out: loss = cross_entropy(logits, y); take softmax(logits) only where you predict.",
        confidence=0.97,
        repair=Repair(name="the second softmax left out", change=_mended),
    )


def _mended(parts: Parts) -> Parts:
    return with_step_patched(parts, _without_second)


def _without_second(call: Call) -> Any:
    values = call.args[0] if call.args else None
    if call.name not in _SECOND or not isinstance(values, Tensor) or values.ndim < 2:
        return call.result()
    dim = 1 if call.name == "cross_entropy" else call.argument(1, "dim")
    if not isinstance(dim, int) or not is_probabilities(values.detach(), dim):
        return call.result()
    logs = values.clamp(min=1e-12).log()
    if call.name == "cross_entropy":
        return functional.cross_entropy(logs, *call.args[1:], **call.kwargs)
    return {"softmax": values, "log_softmax": logs}.get(call.name, torch.zeros_like(values.sum(dim)))


def _dim(operation: Operation) -> int:
    dim = operation.arguments.get(1, operation.arguments.get("dim"))
    return dim if operation.name != "cross_entropy" and isinstance(dim, int) else 1


SOFTMAX_BEFORE_CE = Rule(
    name="softmax_before_ce",
    title="The softmax is taken twice",
    why=(
        "Cross-entropy takes the softmax itself. Given probabilities, which lie between 0 and 1, it cannot come near "
        "0, and its gradient is small where the model is most wrong."
    ),
    configuration=True,
    threshold="Rows of numbers between 0 and 1 that add up to 1 within 0.001; logits do so with probability 0.",
    explains=frozenset(
        {"lr_too_low", "too_few_epochs", "output_activation_range", "underfit_capacity", "vanishing_gradient"}
    ),
    look=look,
)
