"""Groups of numbers that kernels hand to each other by name."""

from typing import Any, NamedTuple

__all__ = ["Arguments", "Matrix", "Pass", "part", "turned"]


class Arguments(NamedTuple):
    """What the training loop was given: the words of a `Shape`, a `Data`, a `Replicas` and a `Scratch`."""

    shape: Any
    data: Any
    replicas: Any
    scratch: Any


class Pass(NamedTuple):
    """A block of rows on its way through the network, there or back.

    Its inputs begin at x among the values, its inputs by rows at `by_rows` (or -1); it has N rows (a multiple of 16),
    in lines that are S numbers apart, of which the first is row `first_row` of the batch; the others than the first
    `real` only fill up a vector. In `training`, seed and step say which values are dropped.
    """

    x: int
    by_rows: int
    first_row: int
    S: int
    N: int
    training: bool
    seed: int
    step: int
    real: int


class Matrix(NamedTuple):
    """A matrix in a flat array: where it begins, and how far apart two rows and two columns are."""

    numbers: Any
    begin: int
    row: int
    column: int


def part(matrix: Any, i: int, j: int) -> Any:
    """The part of a matrix from row i and column j on."""
    return Matrix(matrix.numbers, matrix.begin + i * matrix.row + j * matrix.column, matrix.row, matrix.column)


def turned(matrix: Any) -> Any:
    """The transposed matrix."""
    return Matrix(matrix.numbers, matrix.begin, matrix.column, matrix.row)
