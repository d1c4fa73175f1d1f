"""A softmax over the batch, or over another dimension that does not compete."""

from typing import Any

import torch

from looplab.doctor.answers import is_probabilities, lineage_of
from looplab.doctor.coupling import coupling_of
from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_step_patched
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["SOFTMAX_WRONG_DIM"]

_SOFTMAX = {"softmax", "log_softmax", "softmin"}
_HANDED_ON = frozenset({"dropout", "masked_fill", "nan_to_num", "to", "float", "contiguous", "clone"})
_TO_LOG = frozenset({"log", "add", "radd", "clamp", "clamp_min", "to", "float", "contiguous", "clone"})


def look(record: Record) -> Sign | None:
    """Looks along which dimension each softmax on the way to the loss is taken, and what is done with the result."""
    lineage = lineage_of(record)
    for index in sorted(lineage.to_loss()):
        operation = record.operations[index]
        if operation.name not in _SOFTMAX or not operation.shapes or len(operation.shapes[0]) < 2:
            continue
        dim = softmax_dim(operation)
        said = _over_batch(record, operation, dim) or _constant(record, lineage, index, dim)
        said = said or _over_queries(lineage, index, dim) or _not_over_classes(lineage, index)
        if said:
            return _sign(operation, dim, said)
    return None


def softmax_dim(operation: Operation) -> int:
    """The dimension, counted from 0, that a softmax is taken over."""
    dim = operation.arguments.get(1, operation.arguments.get("dim"))
    dimensions = len(operation.shapes[0])
    if not isinstance(dim, int):  # torch's own choice where none is given
        return 0 if dimensions in {0, 1, 3} else 1
    return dim % dimensions


def _over_batch(record: Record, operation: Operation, dim: int) -> str:
    shape = operation.shapes[0]
    if dim != 0 or not record.batch_rows or shape[0] != record.batch_rows[0] or shape[0] < 2:
        return ""
    if max(shape[1:]) < 2 and len(shape) == 2:
        return ""
    coupling = coupling_of(record)
    inside = operation.module != ""
    if inside and coupling is not None and coupling.others < 0.5:
        return ""
    return f"over dimension 0 of {shape}, the {shape[0]} rows of the batch"


def _constant(record: Record, lineage: Lineage, index: int, dim: int) -> str:
    """Over a single number, where it always gives 1."""
    shape = record.operations[index].shapes[0]
    if shape[dim] != 1 or lineage.origin(lineage.answer) == index:
        return ""
    return f"over dimension {dim} of {shape}, which holds a single number: the result is always 1"


def _over_queries(lineage: Lineage, index: int, dim: int) -> str:
    """Attention whose weights do not add up to 1 over what they weigh."""
    operation = lineage.operations[index]
    dimensions = len(operation.shapes[0])
    if dimensions < 3:
        return ""
    for number in lineage.followers_through(index, _HANDED_ON):
        product = lineage.operations[number]
        if product.name not in {"matmul", "bmm"} or len(product.sources) < 2:
            continue
        weighs = [lineage.origin(source, _HANDED_ON) == index for source in product.sources[:2]]
        summed = dimensions - 1 if weighs[0] else dimensions - 2
        if weighs[0] != weighs[1] and dim != summed:
            return (
                f"over dimension {dim} of {operation.shapes[0]}, while the product that follows adds up over dimension "
                f"{summed}"
            )
    return ""


def _not_over_classes(lineage: Lineage, index: int) -> str:
    """What the negative log-likelihood takes for probabilities of classes does not add up to 1."""
    for number in lineage.followers_through(index, _TO_LOG):
        loss = lineage.operations[number]
        if loss.name != "nll_loss" or loss.first is None or loss.first.ndim < 2 or not bool((loss.first <= 1e-3).all()):
            continue
        sums = loss.first.double().exp().sum(dim=1)
        if not is_probabilities(loss.first.exp(), 1) and float((sums - 1).abs().max()) > 0.05:
            return (
                f"over another dimension than the classes: what {loss.name} takes for the probabilities of a row adds "
                f"up to {float(sums.min()):.2g} to {float(sums.max()):.2g}"
            )
    return ""


def _sign(operation: Operation, dim: int, said: str) -> Sign:
    name, shape = operation.name, operation.shapes[0]

    def handler(call: Call) -> Any:
        first = call.args[0] if call.args else None
        same = isinstance(first, torch.Tensor) and first.ndim == len(shape)
        if call.name != name or not same or not isinstance(first, torch.Tensor):
            return call.result()
        taken = call.argument(1, "dim")
        if isinstance(taken, int) and taken % first.ndim != dim:
            return call.result()
        return torch.log_softmax(first, -1) if name == "log_softmax" else torch.softmax(first, -1)

    def mended(parts: Parts) -> Parts:
        return with_step_patched(parts, handler)

    return Sign(
        evidence=f"The {name} in {layer_name(operation)} is taken {said}.",
        fix=f"{name}(…, dim=-1), the dimension of what competes: the classes, or the places looked at",
        confidence=0.95,
        repair=Repair(name="the softmax over the last dimension", change=mended),
    )


SOFTMAX_WRONG_DIM = Rule(
    name="softmax_wrong_dim",
    title="A softmax is taken over the wrong dimension",
    why=(
        "A softmax makes numbers compete. Over the batch, it is rows that compete: what a row is answered depends on "
        "the rows beside it, and how likely its classes are is not said."
    ),
    configuration=True,
    threshold="The dimension's place and length, and whether rows influence each other; no number is involved.",
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "wrong_reshape", "wrong_loss", "shuffled_labels"),
            *("vanishing_gradient", "output_activation_range", "class_imbalance_majority"),
        }
    ),
    look=look,
)
