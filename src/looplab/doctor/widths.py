"""How wide a net is at its narrowest: the layer that everything passes through with the fewest numbers."""

import math
from dataclasses import dataclass

from looplab.doctor.answers import lineage_of
from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.record import Record

__all__ = ["Narrowest", "narrowest"]

_RECURRENT = {"lstm", "gru", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"}
_CHANNELS_FIRST = ("conv", "max_pool", "avg_pool", "adaptive_")
"""Of these, all numbers of a row count: channels in each place."""
_POOLS = ("max_pool", "avg_pool", "adaptive_")


@dataclass(frozen=True, kw_only=True)
class Narrowest:
    """The narrowest layer.

    Attributes:
        width: its units or channels.
        place: where it is, in words.
    """

    width: int
    place: str


def narrowest(record: Record) -> Narrowest | None:
    """The narrowest layer between inputs and answers that no path goes round; None where there is no hidden layer."""
    lineage = lineage_of(record)
    on_the_way = lineage.to_loss()
    weighted = set(lineage.weighted())
    layers = [index for index in sorted(on_the_way) if index in weighted or record.operations[index].name in _RECURRENT]
    entries = {index for index in on_the_way if _takes_inputs(record, record.operations[index])}
    pools = [index for index in sorted(on_the_way) if record.operations[index].name.startswith(_POOLS)]
    found = [
        (_width(record.operations[index]), index)
        for index in sorted({*layers[:-1], *pools})
        if index in lineage.ancestors(layers[-1]) and not _goes_round(lineage, index, entries)
    ]
    known = [(width, index) for width, index in found if width > 0]
    if not known:
        return None
    width, index = min(known)
    return Narrowest(width=width, place=layer_name(record.operations[index]))


def _width(operation: Operation) -> int:
    if operation.output is None or operation.output.ndim < 2:
        return 0
    whole = operation.name.startswith(_CHANNELS_FIRST)
    return math.prod(operation.output.shape[1:]) if whole else operation.output.shape[-1]


def _takes_inputs(record: Record, operation: Operation) -> bool:
    """Whether a tensor that came from no operation has as many numbers as the batch's inputs, in any shape."""
    if record.fed is None or not record.batch_rows or operation.first is None:
        return False
    count = record.batch_rows[0] * math.prod(record.fed.shape[1:])
    given = zip(operation.sources, operation.shapes, strict=True)
    return any(source == -1 and math.prod(shape) == count for source, shape in given)


def _goes_round(lineage: Lineage, index: int, entries: set[int]) -> bool:
    """Whether the loss is reached from the inputs without this operation."""
    waiting, seen = [lineage.loss], {index}
    while waiting:
        here = waiting.pop()
        if here < 0 or here in seen:
            continue
        seen.add(here)
        if here in entries:
            return True
        waiting += lineage.operations[here].sources
    return False
