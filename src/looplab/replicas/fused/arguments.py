"""What the compiled training loop is given, in five groups of numbers and flat arrays.

Machine code takes no tuples of Python: `packed` writes a group as a list of words, each a number or the address of an
array, and `unpacked` reads them back in the loop, where an array is a pointer. The annotations are what both go by.
"""

from collections.abc import Iterator
from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np

from looplab.replicas.plan import Int64

__all__ = ["Block", "Data", "Replicas", "Scratch", "Shape", "field_kinds", "packed"]

Bytes = Annotated[Any, np.uint8]
Ints = Annotated[Any, np.int32]
LongInts = Annotated[Any, np.int64]
Words = Annotated[Any, np.uint32]
Floats = Annotated[Any, np.float32]
Doubles = Annotated[Any, np.float64]


class Block(NamedTuple):
    """Where among the values a block of rows lies: inputs, inputs by rows (or -1), targets, shares of the loss."""

    x: int
    by_rows: int
    y: int
    share: int


class Shape(NamedTuple):
    """The network as a table (see `passes`), sizes, and where in the scratch memory things begin."""

    table: LongInts
    numbers: Doubles
    layers: int
    shallow: bool
    first_linear: int
    parameters: int
    inputs: int
    row_length: int
    target_columns: int
    outputs: int
    outputs_at: int
    block_rows: int
    spare_at: int
    training: Block
    validation: Block
    loss: int
    optimizer: int
    nesterov: bool


class Data(NamedTuple):
    """Inputs, targets and weights of all rows, row after row; `weighting` says which weights a replica takes."""

    rows: int
    inputs: Floats
    targets: Floats
    weighted: bool
    weights: Floats
    weighting: LongInts
    validation_rows: int
    validation_inputs: Floats
    validation_targets: Floats
    validation_order: Ints


class Replicas(NamedTuple):
    """What differs between replicas, and what becomes of them.

    `numbers` holds seven a replica: lr, momentum, β₁, β₂, eps, weight decay, largest norm. `factors` holds one a step
    if the learning rate is scheduled, else one.
    """

    seeds: LongInts
    batch_size: LongInts
    numbers: Doubles
    factors: Doubles
    scheduled: bool
    steps: int
    record_every: int
    parameters: Floats
    train_loss: Floats
    validation_loss: Floats
    failed: Bytes


class Scratch(NamedTuple):
    """One thread's memory: parameters, gradient, the optimizer's two moments, values, gradients on their way back.

    `powers` are β₁ and β₂ to the power of the step. `done` counts the thread's steps, for all to see; `stop` becomes 1
    when the thread shall stop.
    """

    W: Floats
    G: Floats
    M: Floats
    V: Floats
    powers: Doubles
    values: Floats
    upstream: Floats
    included: Ints
    order: Ints
    batch: Ints
    generator: Words
    done: LongInts
    stop: Bytes


def field_kinds(group: type[Any]) -> list[Any]:
    """What each field of a group is: `int`, `bool`, another group, or the type of an array's numbers."""
    hints = get_type_hints(group, include_extras=True).values()
    return [hint.__metadata__[0] if hasattr(hint, "__metadata__") else hint for hint in hints]


_KINDS = {group: field_kinds(group) for group in (Block, Shape, Data, Replicas, Scratch)}


def packed(group: NamedTuple) -> Int64:
    """The words of a group. Its arrays must outlive them, and stay where they are."""
    return np.array(list(_words(group)), np.int64)


def _words(group: Any) -> Iterator[int]:
    for value, kind in zip(group, _KINDS[type(group)], strict=True):
        if isinstance(value, np.ndarray):
            assert value.dtype == kind, (value.dtype, kind)
            assert value.flags.c_contiguous
            yield value.ctypes.data
        elif isinstance(value, tuple):
            yield from _words(value)
        else:
            yield int(value)
