"""Rows, time and features are mixed: by a reshape that should have been a transpose, or by a layer's batch_first."""

from typing import Any

from torch import Tensor

from looplab.doctor.answers import lineage_of
from looplab.doctor.coupling import Coupling, coupling_of
from looplab.doctor.lineage import layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_model_patched
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.reshaping import axes_meant
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["WRONG_RESHAPE"]

_RECURRENT = {"lstm", "gru", "rnn_tanh", "rnn_relu"}
_ATTENTION = {"multi_head_attention_forward", "scaled_dot_product_attention"}


def look(record: Record) -> Sign | None:
    """Changes one row and looks whether others' answers change; then looks at the shapes before and after reshapes."""
    coupling = coupling_of(record)
    if coupling is not None and coupling.others >= 0.5:
        return _mixed_rows(record, coupling)
    lineage = lineage_of(record)
    for index in sorted(lineage.to_loss()):
        operation = record.operations[index]
        if operation.name in {"view", "reshape", "unflatten"} and operation.output is not None and operation.module:
            before, after = operation.shapes[0], tuple(operation.output.shape)
            order = axes_meant(before, after)
            if order is not None and not operation.parameters:
                return _scrambled(operation, before, after, order)
    return None


def _mixed_rows(record: Record, coupling: Coupling) -> Sign | None:
    lineage = lineage_of(record)
    on_the_way = [record.operations[index] for index in sorted(lineage.to_loss())]
    layer = next((each for each in on_the_way if _takes_batch_for_time(record, each)), None)
    if layer is None and not coupling.by_order and not any(each.name in _ATTENTION for each in on_the_way):
        return None  # rows that are compared with the batch's mean, as some norms do
    seen = (
        f"A changed row changes the answers to {coupling.others:.0f} of the {coupling.rows - 1} other rows of the batch"
        f"{'' if coupling.own else ', and not its own'}."
    )
    if layer is not None:
        return Sign(
            evidence=f"{seen} {layer.name} in {layer_name(layer)} takes the batch for time.",
            fix="batch_first=True for the recurrent or attention layer, as the rows come first",
            confidence=0.97,
        )
    return Sign(
        evidence=seen,
        fix="x.flatten(1) or x.reshape(len(x), -1) to keep rows; x.transpose(1, 2) to swap dimensions, not x.view(…)",
        confidence=0.95,
    )


def _takes_batch_for_time(record: Record, operation: Operation) -> bool:
    """Whether the batch stands where a recurrent layer, or attention, expects time."""
    rows = record.batch_rows[0] if record.batch_rows else 0
    shape = operation.shapes[0] if operation.shapes else ()
    if len(shape) != 3 or shape[0] != rows:
        return False
    if operation.name in _RECURRENT:
        flags = [value for value in operation.arguments.values() if isinstance(value, bool)]
        return bool(flags) and flags[-1] is False
    return operation.name == "multi_head_attention_forward"


def _scrambled(operation: Operation, before: tuple[int, ...], after: tuple[int, ...], order: tuple[int, ...]) -> Sign:
    number_of = operation.name

    def handler(call: Call) -> Any:
        first = call.args[0] if call.args else None
        if call.name != number_of or not isinstance(first, Tensor) or first.ndim != len(before):
            return call.result()
        result = call.result()
        if tuple(first.shape[1:]) != before[1:] or tuple(result.shape[1:]) != after[1:]:
            return result
        return _permuted(first, tuple(result.shape), order)

    def mended(parts: Parts) -> Parts:
        return with_model_patched(parts, handler)

    return Sign(
        evidence=(
            f"{operation.name} in {layer_name(operation)} turns {before} into {after}: the numbers stay in their "
            "order, so that each new row of them holds pieces of several old ones."
        ),
        fix="x.transpose(1, 2) or x.permute(…), which move the dimensions, in place of a reshape",
        confidence=0.85,
        repair=Repair(name="dimensions moved, not reshaped", change=mended),
        must_help=True,
    )


def _permuted(values: Tensor, shape: tuple[int, ...], order: tuple[int, ...]) -> Tensor:
    split = [shape[order.index(axis)] for axis in range(len(order))]
    return values.reshape(split).permute(order)


WRONG_RESHAPE = Rule(
    name="wrong_reshape",
    title="A reshape or batch_first mixes what does not belong together",
    why=(
        "A reshape keeps the order of the numbers and only cuts them anew. Used to swap dimensions, it mixes rows or "
        "time with features; and a layer that takes the batch for time lets rows see each other."
    ),
    configuration=True,
    threshold=(
        "A changed row changes answers to others, by a thousandth or more of its own change, in evaluation mode; or a "
        "reshape between shapes that a transpose connects, where a copy with the transpose clearly does better."
    ),
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "shuffled_labels", "unscaled_inputs"),
            *("vanishing_gradient", "class_imbalance_majority"),
        }
    ),
    look=look,
)
