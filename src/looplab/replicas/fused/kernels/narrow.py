"""The way forward through linear layers with one or two inputs or with one output, whose few weights stay in registers.

Small networks begin and end with such layers. A matrix product would spend more time on beginning and ending its tiles
than on the sums. Letters as in `linear`.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

import numpy as np

from looplab.replicas.fused.codes import FEW
from looplab.replicas.fused.kernels.functions import at_least
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDE, WIDTH, at, load, one, splat, store, wide

__all__ = ["from_few_inputs", "to_one_output", "weights_of"]


@kernel
def from_few_inputs(
    W: Any, w: int, bias: int, X: Any, x: int, z: int, D: int, O: int, least: float, S: int, N: int
) -> None:
    """Z = max(W·X + b, least), for one or two inputs; without biases, `bias` is -1."""
    o = 0
    while o + 4 <= O:
        _four_outputs(W, w + o * D, bias + o if bias >= 0 else -1, X, x, z + o * S, D, least, S, N)
        o += 4
    while o < O:
        _output(W, w + o * D, bias + o if bias >= 0 else -1, X, x, z + o * S, D, least, S, N)
        o += 1


@kernel
def _four_outputs(W: Any, w: int, bias: int, X: Any, x: int, z: int, D: int, least: float, S: int, N: int) -> None:
    like, second = one(0.0), x + (D - 1) * S
    u0, v0, b0 = weights_of(like, W, w, D, bias, 0)
    u1, v1, b1 = weights_of(like, W, w, D, bias, 1)
    u2, v2, b2 = weights_of(like, W, w, D, bias, 2)
    u3, v3, b3 = weights_of(like, W, w, D, bias, 3)
    floor = splat(like, least)
    for n in range(0, N, WIDTH):
        p, q = load(like, X, x + n), load(like, X, second + n)
        store(X, z + n, at_least(b0 + u0 * p + v0 * q, floor))
        store(X, z + S + n, at_least(b1 + u1 * p + v1 * q, floor))
        store(X, z + 2 * S + n, at_least(b2 + u2 * p + v2 * q, floor))
        store(X, z + 3 * S + n, at_least(b3 + u3 * p + v3 * q, floor))


@kernel
def _output(W: Any, w: int, bias: int, X: Any, x: int, z: int, D: int, least: float, S: int, N: int) -> None:
    like, second = one(0.0), x + (D - 1) * S
    u, v, b = weights_of(like, W, w, D, bias, 0)
    floor = splat(like, least)
    for n in range(0, N, WIDTH):
        store(X, z + n, at_least(b + u * load(like, X, x + n) + v * load(like, X, second + n), floor))


@kernel
def weights_of(like: Any, W: Any, w: int, D: int, bias: int, o: int) -> Any:
    """The two weights (the second is 0 where there is one) and the bias of an output, each in all lanes."""
    second = at(W, w + o * D + 1) if D == FEW else np.float32(0.0)
    begin = at(W, bias + o) if bias >= 0 else np.float32(0.0)
    return splat(like, at(W, w + o * D)), splat(like, second), splat(like, begin)


@kernel
def to_one_output(W: Any, w: int, bias: int, X: Any, x: int, z: int, least: float, D: int, S: int, N: int) -> None:
    """Z = max(w·X + b, least), for one output; without a bias, `bias` is -1."""
    begin = at(W, bias) if bias >= 0 else np.float32(0.0)
    n = 0
    while n + WIDE <= N:
        store(X, z + n, _sum_of_inputs(wide(0.0), begin, W, w, X, x + n, least, D, S))
        n += WIDE
    while n < N:
        store(X, z + n, _sum_of_inputs(one(0.0), begin, W, w, X, x + n, least, D, S))
        n += WIDTH


@kernel
def _sum_of_inputs(like: Any, begin: Any, W: Any, w: int, X: Any, x: int, least: float, D: int, S: int) -> Any:
    s = splat(like, begin)
    for d in range(D):
        s += at(W, w + d) * load(like, X, x + d * S)
    return at_least(s, least)
