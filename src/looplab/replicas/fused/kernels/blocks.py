"""Blocks: the rows that pass through the network together, few enough that all activations stay in cache."""

from typing import Any, NamedTuple

from looplab.lanes.vectors import WIDTH, at, load, number, one, put, store
from looplab.replicas.fused.arguments import Block, Shape, unpacked
from looplab.replicas.fused.kernels.groups import Matrix
from looplab.replicas.fused.kernels.linear import transpose

__all__ = ["Selection", "Table", "Weighting", "fill_block", "weight_of", "whole_vectors"]


class Table(NamedTuple):
    """Inputs and targets of rows, one after the other."""

    inputs: Any
    targets: Any


class Weighting(NamedTuple):
    """What each row of a table weighs: the number at `begin` and after it, or all alike unless `weighted`."""

    weights: Any
    begin: int
    weighted: bool


class Selection(NamedTuple):
    """Which rows: a number of those listed in `rows`, from the one at `first` on."""

    rows: Any
    first: int
    size: int


def whole_vectors(count: int) -> int:
    """A count of numbers, rounded up to whole vectors."""
    return (count + WIDTH - 1) // WIDTH * WIDTH


def weight_of(weighting: Any, chosen: Any) -> float:
    """The sum of the weights of the chosen rows, or their number if all weigh the same."""
    if not weighting.weighted:
        return float(chosen.size)
    summed = 0.0
    for i in range(chosen.size):
        summed += at(weighting.weights, weighting.begin + at(chosen.rows, chosen.first + i))
    return summed


def fill_block(given: Any, block: Block, V: Any, table: Any, chosen: Any, weighting: Any, whole_weight: float) -> None:
    """Copy rows of a table into a block: inputs D×N (by rows, too), targets T×N, and N shares.

    A row's share is its weight divided by `whole_weight`. What is left of the N rows becomes 0, with share 0.
    """
    shape, count, N = unpacked(Shape, given.shape, 0), chosen.size, whole_vectors(chosen.size)
    X, Y = Matrix(V, block.x, shape.block_rows, 1), Matrix(V, block.y, shape.block_rows, 1)
    if block.by_rows >= 0:
        by_rows = Matrix(V, block.by_rows, shape.row_length, 1)
        _gather_rows(by_rows, table.inputs, chosen, N)
        transpose(X, by_rows, N, shape.row_length)
    else:
        _gather_columns(X, table.inputs, shape.inputs, chosen, N)
    _gather_columns(Y, table.targets, shape.target_columns, chosen, N)
    for i in range(count):
        row = at(chosen.rows, chosen.first + i)
        weight = at(weighting.weights, weighting.begin + row) if weighting.weighted else 1.0
        put(V, block.share + i, number(weight / whole_weight))
    for i in range(count, N):
        put(V, block.share + i, number(0.0))


def _gather_rows(target: Any, numbers: Any, chosen: Any, N: int) -> None:
    like, length = one(0.0), target.row
    for i in range(chosen.size):
        source = at(chosen.rows, chosen.first + i) * length
        for d in range(0, length, WIDTH):
            store(target.numbers, target.begin + i * length + d, load(like, numbers, source + d))
    for d in range(chosen.size * length, N * length, WIDTH):
        store(target.numbers, target.begin + d, like)


def _gather_columns(target: Any, numbers: Any, D: int, chosen: Any, N: int) -> None:
    for d in range(D):
        begin = target.begin + d * target.row
        for i in range(chosen.size):
            put(target.numbers, begin + i, at(numbers, at(chosen.rows, chosen.first + i) * D + d))
        for i in range(chosen.size, N):
            put(target.numbers, begin + i, number(0.0))
