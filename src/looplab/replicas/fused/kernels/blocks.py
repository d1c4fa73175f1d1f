"""Blocks: the rows that pass through the network together, few enough that all activations stay in cache."""

from typing import Any

import numpy as np

from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, at, load, one, put, store
from looplab.replicas.fused.kernels.linear import transpose

__all__ = ["gather", "weight_of"]


@kernel
def weight_of(weights: Any, offset: int, weighted: bool, rows: Any, count: int) -> float:
    """The sum of the weights (which begin at `offset`) of `count` rows, or their number if all weigh the same."""
    if not weighted:
        return float(count)
    summed = 0.0
    for i in range(count):
        summed += at(weights, offset + at(rows, i))
    return summed


@kernel
def gather(
    inputs: Any, D: int, row_length: int, targets: Any, T: int, weights: Any, offset: int, weighted: bool,
    batch_weight: float, rows: Any, first: int, count: int,
    V: Any, x: int, by_rows: int, y: int, share: int, S: int, N: int,
) -> None:  # fmt: skip
    """Copy `count` rows of the data into a block: inputs D×N at x (N×D at by_rows, too), targets T×N, shares N.

    `rows[first]`, … say which rows of the data; what is left of the N rows becomes 0, with share 0.
    """
    if by_rows >= 0:
        _gather_rows(inputs, row_length, rows, first, count, V, by_rows, N)
        transpose(V, by_rows, row_length, x, S, N, row_length)
    else:
        _gather_columns(inputs, D, rows, first, count, V, x, S, N)
    _gather_columns(targets, T, rows, first, count, V, y, S, N)
    for i in range(count):
        weight = at(weights, offset + at(rows, first + i)) if weighted else 1.0
        put(V, share + i, np.float32(weight / batch_weight))
    for i in range(count, N):
        put(V, share + i, np.float32(0.0))


@kernel
def _gather_rows(inputs: Any, length: int, rows: Any, first: int, count: int, V: Any, begin: int, N: int) -> None:
    like = one(0.0)
    for i in range(count):
        source = at(rows, first + i) * length
        for d in range(0, length, WIDTH):
            store(V, begin + i * length + d, load(like, inputs, source + d))
    for d in range(count * length, N * length, WIDTH):
        store(V, begin + d, like)


@kernel
def _gather_columns(inputs: Any, D: int, rows: Any, first: int, count: int, V: Any, x: int, S: int, N: int) -> None:
    for d in range(D):
        for i in range(count):
            put(V, x + d * S + i, at(inputs, at(rows, first + i) * D + d))
        for i in range(count, N):
            put(V, x + d * S + i, np.float32(0.0))
