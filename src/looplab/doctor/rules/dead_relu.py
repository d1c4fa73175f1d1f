"""Units that are zero on every row."""

from collections.abc import Iterator

from torch import Tensor

from looplab.doctor.answers import lineage_of
from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.starting import drawn_anew

__all__ = ["DEAD_RELU"]

NEARLY_ALL, MANY = 0.95, 0.6
"""Share of a layer's units. Sparse nets in health have some units that never fire, rarely half of a layer."""
_RECTIFIERS = {"relu", "relu6", "threshold", "clamp_min", "clamp", "maximum"}


def look(record: Record) -> Sign | None:
    """Counts the units of each rectified layer that are zero on all rows, in the first step and in the last seen."""
    if left(record) < 0.05:
        return None
    first = list(_layers(record, lineage_of(record)))
    last = list(_layers(record, Lineage(record.last_operations)))
    worst = max([*first, *last], key=lambda each: each[1], default=None)
    if worst is None or worst[1] < MANY:
        return None
    at_start = any(share >= MANY and operation.module == worst[0].module for operation, share in first)
    operation, share = worst
    units = operation.output.shape[_unit_axis(operation)] if operation.output is not None else 0
    when = "from the first step on" if at_start else f"after {len(record.steps)} steps, though not at the start"
    return Sign(
        evidence=(
            f"In {layer_name(operation)}, {round(share * units)} of {units} units are 0 on every row looked at, {when}."
        ),
        fix=(
            "Leave biases at 0 and start with nn.init.kaiming_normal_(layer.weight)"
            if at_start
            else "A lower learning rate, or nn.LeakyReLU()"
        ),
        confidence=(0.9 if share >= NEARLY_ALL else 0.7) if at_start else 0.6,
        alternatives="" if at_start else "a learning rate that is too high",
        repair=drawn_anew(),
        must_help=share < NEARLY_ALL or not at_start,
    )


def _layers(record: Record, lineage: Lineage) -> Iterator[tuple[Operation, float]]:
    """The rectified layers on the way to the loss, without the one that answers, with their share of dead units."""
    final = lineage.origin(lineage.answer)
    for index in sorted(lineage.to_loss()):
        operation = lineage.operations[index]
        values = operation.output
        if operation.name not in _RECTIFIERS or index == final or not operation.module or values is None:
            continue
        if values.ndim < 2 or len(values) < 8 or not bool((values >= 0).all()) or not values.is_floating_point():
            continue
        axis = _unit_axis(operation)
        if values.shape[axis] >= 4:
            yield operation, float(_dead(values, axis).double().mean())


def _unit_axis(operation: Operation) -> int:
    """Channels of pictures and series of channels come second, features last."""
    values = operation.output
    return 1 if values is not None and values.ndim == 4 else -1


def _dead(values: Tensor, axis: int) -> Tensor:
    return (values.movedim(axis, 0).flatten(1) <= 0).all(dim=1)


DEAD_RELU = Rule(
    name="dead_relu",
    title="Units are dead: they are zero whatever they see",
    why="Where a ReLU is zero, so is its slope. A unit that is 0 on every row gets no gradient and never comes back.",
    configuration=False,
    threshold=(
        "95 % of a layer's units zero on all rows of a batch from the start; or 60 %, where a copy with other start "
        "weights clearly does better."
    ),
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "vanishing_gradient", "unscaled_inputs"),
            *("class_imbalance_majority", "no_optimizer_step"),
        }
    ),
    look=look,
)
