"""The linear layer: Z = W·X + b going forward; going back, the gradients of W, b and X from the gradient of Z.

Letters: D inputs, O outputs, N rows of the batch (a multiple of 16). Everything is stored with the rows of the batch
side by side, so X is D×N, Z is O×N and W is O×D; two lines of X are `S` numbers apart.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

import numpy as np

from looplab.replicas.fused.kernels.functions import at_least
from looplab.replicas.fused.kernels.instructions import transpose_16
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, load, one, store
from looplab.replicas.fused.kernels.products import FROM_BIAS, FROM_ITSELF, FROM_ZERO, product, row_products, row_sums

__all__ = ["input_gradient", "linear", "transpose", "weight_gradient"]

_FEW_ROWS = 512


@kernel
def linear(W: Any, w: int, bias: int, X: Any, x: int, z: int, least: float, D: int, O: int, S: int, N: int) -> None:
    """Z = max(W·X + b, least), in one array with X. Without biases, `bias` is -1; without a ReLU, `least` is -∞."""
    product(W, w, D, 1, X, x, S, X, z, S, O, D, N, FROM_BIAS if bias >= 0 else FROM_ZERO, bias)
    if least > -np.inf:
        for o in range(O):
            for n in range(z + o * S, z + o * S + N, WIDTH):
                store(X, n, at_least(load(one(0.0), X, n), least))


@kernel
def input_gradient(W: Any, w: int, U: Any, dz: int, dx: int, D: int, O: int, S: int, N: int) -> None:
    """∂X = Wᵀ·∂Z; both lie in U."""
    product(W, w, 1, D, U, dz, S, U, dx, S, D, O, N, FROM_ZERO, 0)


@kernel
def weight_gradient(
    G: Any, w: int, bias: int, U: Any, dz: int, X: Any, x: int, x_by_rows: int, row_length: int,
    D: int, O: int, S: int, N: int,
) -> None:  # fmt: skip
    """∂W += ∂Z·Xᵀ and ∂b += ∂Z·1.

    With few rows, sums over them are short and adding up their lanes would take longer than the sums. Then X is read
    by rows, N×D at `x_by_rows`, where the lanes are its columns: an ordinary product, for whole vectors of columns.
    """
    if x_by_rows < 0 or N > _FEW_ROWS:
        row_products(U, dz, S, O, X, x, S, D, N, G, w, D, 1, bias)
        return
    whole = D // WIDTH * WIDTH
    product(U, dz, S, 1, X, x_by_rows, row_length, G, w, D, O, N, whole, FROM_ITSELF, 0)
    if whole < D:
        row_products(U, dz, S, O, X, x + whole * S, S, D - whole, N, G, w + whole, D, 1, bias)
    elif bias >= 0:
        row_sums(U, dz, S, O, N, G, bias)


@kernel
def transpose(X: Any, x: int, stride: int, target: int, width: int, lines: int, columns: int) -> None:
    """Write lines×columns numbers at x, turned, to `target`, within one array; both are multiples of 16."""
    for i in range(0, lines, WIDTH):
        for j in range(0, columns, WIDTH):
            transpose_16(X, x + i * stride + j, stride, X, target + j * width + i, width)
