"""What the training loop of the fused engine is given, in groups of numbers and flat arrays.

Machine code takes no tuples of Python: `packed` writes a group as a list of words, each a number or the address of an
array, and `unpacked` reads them back in the loop, where an array is a pointer. The annotations are what both go by.
"""

import struct
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Annotated, Any, NamedTuple, TypeVar, get_type_hints

import numpy as np

from looplab.replicas.plan import Int64

__all__ = [
    "NUMBERS",
    "Block",
    "Data",
    "Line",
    "Node",
    "Replicas",
    "Scratch",
    "Shape",
    "count_words",
    "field_kinds",
    "packed",
    "packed_columns",
    "packed_in_a_row",
    "unpacked",
]

Bytes = Annotated[Any, np.uint8]
Ints = Annotated[Any, np.int32]
LongInts = Annotated[Any, np.int64]
Words = Annotated[Any, np.uint32]
NUMBERS = np.floating
"""What stands for the type of the data, float32 or float64, in the annotations of groups."""

Floats = Annotated[Any, NUMBERS]
Doubles = Annotated[Any, np.float64]

Group = TypeVar("Group", bound=tuple[Any, ...])


class Line(NamedTuple):
    """A layer: what it is, its widths, and where its numbers lie.

    Its weights and biases (or -1) begin among the parameters; its inputs, outputs, slopes, and inputs by rows (or -1)
    among the values. `a` and `b` are an activation's own numbers, a dropout's probability, or of a linear layer the
    least value: a ReLU between two linear layers has no line of its own.

    The slopes of a linear layer are those of the activation before it, and its gate says what the gradient meets there.
    So the gradient passes an activation together with the layer after it; elsewhere the activation's own gate is
    `SLOPES`. Kinds and gates are named in `layers`.
    """

    kind: int
    inputs: int
    outputs: int
    weights: int
    bias: int
    source: int
    target: int
    slopes: int
    by_rows: int
    gate: int
    a: float
    b: float


class Node(NamedTuple):
    """A layer of a network with norms, sums of layers or embeddings: see `Line`.

    Its inputs lie at `source` among the values (and at `second`, what is added), its outputs at `target`; what it keeps
    for the way back at `kept` and, of a norm, at `spread`. The gradient of its outputs lies at `gradient` among those
    on their way back, and goes to `back` (and to `second_back`), which is -1 where the inputs are those of the block.
    `statistics` is where a batch norm's running means and then variances begin. `a` and `b` are the numbers of an
    activation, a dropout's probability, a norm's eps and momentum, an embedding's padding and the length of its
    vectors, or what a sum of these is multiplied with.
    """

    kind: int
    inputs: int
    outputs: int
    weights: int
    bias: int
    source: int
    second: int
    target: int
    kept: int
    spread: int
    by_rows: int
    gradient: int
    back: int
    second_back: int
    statistics: int
    a: float
    b: float


class Block(NamedTuple):
    """Where among the values a block of rows lies: inputs, inputs by rows (or -1), targets, shares of the loss."""

    x: int
    by_rows: int
    y: int
    share: int


class Shape(NamedTuple):
    """The network as words of its lines, sizes, and where in the scratch memory things begin.

    `loss` and `optimizer` are places in the tables of `looplab.replicas.fusible`; `moments` is how many numbers the
    optimizer remembers of each parameter, `carried` how many it carries from step to step. With `layered` the lines are
    those of nodes. `evaluated_rows` is how many validation rows are a block; `statistics` how many running statistics
    there are.
    """

    lines: LongInts
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
    moments: int
    carried: int
    layered: bool
    evaluated_rows: int
    statistics: int


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
    """What differs between replicas, and their results.

    `settings` holds the words of the optimizer's own settings of each. `factors` holds what the learning rate is
    multiplied with, one number a step if it is scheduled, else one. `shares` holds for each step how far the average
    goes to the parameters, where it `averages`.

    `keep_best` says whether `parameters` become those of the lowest validation loss; `patience` how many validations
    without a lower one stop a replica, 0 for any number; `trajectory_every` how many steps lie between two points of
    `trajectory`, 0 for no trajectory. `made` and `kept_step` are the updates made, and those behind `parameters` and
    the running `statistics`.
    """

    seeds: LongInts
    batch_size: LongInts
    lr: Doubles
    clip_norm: Doubles
    settings: LongInts
    factors: Doubles
    scheduled: bool
    shares: Doubles
    averages: bool
    steps: int
    record_every: int
    keep_best: bool
    patience: int
    trajectory_every: int
    parameters: Floats
    statistics: Floats
    train_loss: Floats
    validation_loss: Floats
    failed: Bytes
    made: LongInts
    kept_step: LongInts
    trajectory: Floats


class Scratch(NamedTuple):
    """One thread's memory: parameters, gradient, what the optimizer remembers, values, gradients on their way back.

    `moments` are as many numbers a parameter as the optimizer remembers, one after the other; `carried` is what it
    carries from step to step. `done` counts the thread's steps, for all to see; `stop` becomes 1 when the thread should
    stop. `meter` is the address of what looks at the outputs that are to be measured, 0 for none; see `reports`.
    `averaged` and `averaged_statistics` are the average of parameters and running statistics, empty without one.
    """

    W: Floats
    G: Floats
    moments: Floats
    carried: Doubles
    values: Floats
    upstream: Floats
    included: Ints
    order: Ints
    batch: Ints
    generator: Words
    done: LongInts
    stop: Bytes
    meter: int
    statistics: Floats
    averaged: Floats
    averaged_statistics: Floats


def field_kinds(group: type[Any]) -> list[Any]:
    """What each field of a group is: `int`, `float`, `bool`, another group, or the type of an array's numbers."""
    hints = get_type_hints(group, include_extras=True).values()
    return [hint.__metadata__[0] if hasattr(hint, "__metadata__") else hint for hint in hints]


_kinds: Any = cache(field_kinds)


def count_words(group: type[Any]) -> int:
    """Number of words of a group."""
    return sum(count_words(kind) if issubclass(kind, tuple) else 1 for kind in _kinds(group))


def packed(group: NamedTuple, number: Any = np.float32) -> Int64:
    """The words of a group, of data of this type. Its arrays must outlive them, and stay where they are."""
    return np.array(list(_words(group, number)), np.int64)


def packed_in_a_row(groups: Iterable[NamedTuple]) -> Int64:
    """The words of several groups of a class, one after the other."""
    return np.array([word for group in groups for word in _words(group, np.float32)], np.int64)


def packed_columns(group: type[Any], columns: Iterable[Any], rows: int) -> Int64:
    """The words of many groups of a class, of which each field is given for all: an array, or one value for all."""
    words = np.empty((rows, count_words(group)), np.int64)
    for place, (values, kind) in enumerate(zip(columns, _kinds(group), strict=True)):
        words[:, place] = (
            np.broadcast_to(np.asarray(values, np.float64), rows).view(np.int64) if kind is float else values
        )
    return words.reshape(-1)


def unpacked(group: type[Group], words: Any, index: int) -> Group:
    """The group of this class that the words hold at an index.

    Where Python runs the training loop, a group with arrays was never packed, and is its own words.
    """
    if isinstance(words, group):
        return words
    numbers = iter(words[index * count_words(group) : (index + 1) * count_words(group)].tolist())
    return _group(group, numbers)


def _words(group: Any, number: Any) -> Iterator[int]:
    for value, kind in zip(group, _kinds(type(group)), strict=True):
        if isinstance(value, np.ndarray):
            assert value.dtype == (number if kind is NUMBERS else kind), (value.dtype, kind)
            assert value.flags.c_contiguous
            yield value.ctypes.data
        elif isinstance(value, tuple):
            yield from _words(value, number)
        else:
            yield struct.unpack("<q", struct.pack("<d", value))[0] if kind is float else int(value)


def _group(group: type[Group], words: Iterator[int]) -> Group:
    values: list[Any] = []
    for kind in _kinds(group):
        if issubclass(kind, tuple):
            values.append(_group(kind, words))
        else:
            word = next(words)
            values.append(struct.unpack("<d", struct.pack("<q", word))[0] if kind is float else kind(word))
    return group(*values)
