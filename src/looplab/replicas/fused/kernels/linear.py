"""The linear layer: Z = W·X + b going forward; going back, the gradients of W, b and X from the gradient of Z.

Letters: D inputs, O outputs, N rows of the batch (a multiple of 16). Everything is stored with the rows of the batch
side by side, so X is D×N, Z is O×N and W is O×D.
"""
# ruff: noqa: E741 - O is the mathematics' name

from typing import Any

import numpy as np

from looplab.lanes.across import transpose_16
from looplab.lanes.arithmetic import at_least
from looplab.lanes.vectors import WIDTH, load, one, store
from looplab.replicas.fused.kernels.groups import part, turned
from looplab.replicas.fused.kernels.products import FROM_BIAS, FROM_ITSELF, FROM_ZERO, product, row_products, row_sums

__all__ = ["input_gradient", "linear", "transpose", "weight_gradient"]

_FEW_ROWS = 512


def linear(Z: Any, W: Any, bias: int, X: Any, least: float, D: int, O: int, N: int) -> None:
    """Z = max(W·X + b, least). The biases follow each other in the array of W; without, `bias` is -1.

    Without a ReLU, `least` is -∞.
    """
    product(Z, W, X, O, D, N, FROM_BIAS if bias >= 0 else FROM_ZERO, bias)
    if least > -np.inf:
        for o in range(O):
            z = Z.begin + o * Z.row
            for n in range(z, z + N, WIDTH):
                store(Z.numbers, n, at_least(load(one(0.0), Z.numbers, n), least))


def input_gradient(dX: Any, W: Any, dZ: Any, D: int, O: int, N: int) -> None:
    """∂X = Wᵀ·∂Z."""
    product(dX, turned(W), dZ, D, O, N, FROM_ZERO, 0)


def weight_gradient(dW: Any, bias: int, dZ: Any, X: Any, X_by_rows: Any, D: int, O: int, N: int) -> None:
    """∂W += ∂Z·Xᵀ and ∂b += ∂Z·1.

    With few rows, sums over them are short and adding up their lanes would take longer than the sums. Then X is read
    by rows, N×D (which begins at -1 where it is not there), where the lanes are its columns: an ordinary product, for
    whole vectors of columns.
    """
    if X_by_rows.begin < 0 or N > _FEW_ROWS:
        row_products(dW, dZ, X, O, D, N, bias)
        return
    whole = D // WIDTH * WIDTH
    product(dW, dZ, X_by_rows, O, N, whole, FROM_ITSELF, 0)
    if whole < D:
        row_products(part(dW, 0, whole), dZ, part(X, whole, 0), O, D - whole, N, bias)
    elif bias >= 0:
        row_sums(dW.numbers, bias, dZ, O, N)


def transpose(target: Any, source: Any, lines: int, columns: int) -> None:
    """Write lines×columns numbers, turned, to a target, which has columns×lines; both are multiples of 16."""
    for i in range(0, lines, WIDTH):
        for j in range(0, columns, WIDTH):
            here, there = part(source, i, j), part(target, j, i)
            transpose_16(source.numbers, here.begin, source.row, target.numbers, there.begin, target.row)
