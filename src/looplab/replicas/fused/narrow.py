"""Linear layers with one or two inputs, or with one output: few weights, which stay in registers while rows pass by.

Small networks begin and end with such layers. A matrix product would spend more time on beginning and ending its tiles
than on the sums. Letters as in `linear`.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

import numpy as np

from looplab.replicas.fused.instructions import total, totals_8
from looplab.replicas.fused.kernel import kernel
from looplab.replicas.fused.lanes import WIDE, WIDTH, at, load, one, put, splat, store, where, wide
from looplab.replicas.fused.products import row_sums

__all__ = [
    "FEW", "OPEN", "RECTIFIED", "SLOPES", "from_few_inputs", "from_one_output", "through_nothing", "through_relu",
    "through_slope", "to_one_output",
]  # fmt: skip

FEW = 2
"""So many inputs are few."""

OPEN, RECTIFIED, SLOPES = range(3)
"""What a gradient meets on its way back through a layer's inputs: nothing, a ReLU whose values they are, or an
activation whose slopes were kept."""


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
    u0, v0, b0 = _weights(like, W, w, D, bias, 0)
    u1, v1, b1 = _weights(like, W, w, D, bias, 1)
    u2, v2, b2 = _weights(like, W, w, D, bias, 2)
    u3, v3, b3 = _weights(like, W, w, D, bias, 3)
    floor = splat(like, least)
    for n in range(0, N, WIDTH):
        p, q = load(like, X, x + n), load(like, X, second + n)
        store(X, z + n, _at_least(b0 + u0 * p + v0 * q, floor))
        store(X, z + S + n, _at_least(b1 + u1 * p + v1 * q, floor))
        store(X, z + 2 * S + n, _at_least(b2 + u2 * p + v2 * q, floor))
        store(X, z + 3 * S + n, _at_least(b3 + u3 * p + v3 * q, floor))


@kernel
def _output(W: Any, w: int, bias: int, X: Any, x: int, z: int, D: int, least: float, S: int, N: int) -> None:
    like, second = one(0.0), x + (D - 1) * S
    u, v, b = _weights(like, W, w, D, bias, 0)
    floor = splat(like, least)
    for n in range(0, N, WIDTH):
        store(X, z + n, _at_least(b + u * load(like, X, x + n) + v * load(like, X, second + n), floor))


@kernel
def _weights(like: Any, W: Any, w: int, D: int, bias: int, o: int) -> Any:
    """The two weights (the second is 0 where there is one) and the bias of an output, each in all lanes."""
    second = at(W, w + o * D + 1) if D == FEW else np.float32(0.0)
    begin = at(W, bias + o) if bias >= 0 else np.float32(0.0)
    return splat(like, at(W, w + o * D)), splat(like, second), splat(like, begin)


@kernel
def _at_least(z: Any, least: Any) -> Any:
    return where(z < least, least, z)


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
    return _at_least(s, least)


@kernel
def through_nothing(g: Any, value: Any, X: Any, slope: int) -> Any:
    """What comes back of the gradient `g` of a layer's input `value`; so with the two that follow."""
    return g


@kernel
def through_relu(g: Any, value: Any, X: Any, slope: int) -> Any:
    """Through a ReLU, whose value it is."""
    return where(value > 0.0, g, 0.0)


@kernel
def through_slope(g: Any, value: Any, X: Any, slope: int) -> Any:
    """Through an activation with its slopes at X[slope]."""
    return g * load(g, X, slope)


def _back(through: Any) -> Any:
    """The kernel for one kind of gate."""

    @kernel
    def vector(g: Any, weight: Any, U: Any, dx: int, X: Any, x: int, slope: int) -> Any:
        value = load(g, X, x)
        store(U, dx, through(weight * g, value, X, slope))
        return g * value

    @kernel
    def eight_inputs(
        W: Any, w: int, G: Any, U: Any, dz: int, X: Any, x: int, dx: int, slopes: int, S: int, N: int
    ) -> None:
        s0 = s1 = s2 = s3 = s4 = s5 = s6 = s7 = one(0.0)
        w0, w1, w2, w3 = at(W, w), at(W, w + 1), at(W, w + 2), at(W, w + 3)
        w4, w5, w6, w7 = at(W, w + 4), at(W, w + 5), at(W, w + 6), at(W, w + 7)
        for n in range(0, N, WIDTH):
            g = load(s0, U, dz + n)
            s0 += vector(g, w0, U, dx + n, X, x + n, slopes + n)
            s1 += vector(g, w1, U, dx + S + n, X, x + S + n, slopes + S + n)
            s2 += vector(g, w2, U, dx + 2 * S + n, X, x + 2 * S + n, slopes + 2 * S + n)
            s3 += vector(g, w3, U, dx + 3 * S + n, X, x + 3 * S + n, slopes + 3 * S + n)
            s4 += vector(g, w4, U, dx + 4 * S + n, X, x + 4 * S + n, slopes + 4 * S + n)
            s5 += vector(g, w5, U, dx + 5 * S + n, X, x + 5 * S + n, slopes + 5 * S + n)
            s6 += vector(g, w6, U, dx + 6 * S + n, X, x + 6 * S + n, slopes + 6 * S + n)
            s7 += vector(g, w7, U, dx + 7 * S + n, X, x + 7 * S + n, slopes + 7 * S + n)
        eight = totals_8(s0, s1, s2, s3, s4, s5, s6, s7)
        store(G, w, load(eight, G, w) + eight)

    @kernel
    def all_inputs(
        W: Any, w: int, G: Any, U: Any, dz: int, X: Any, x: int, dx: int, slopes: int, D: int, S: int, N: int
    ) -> None:
        d = 0
        while d + 8 <= D:
            eight_inputs(W, w + d, G, U, dz, X, x + d * S, dx + d * S, slopes + d * S, S, N)
            d += 8
        while d < D:
            products, weight = one(0.0), at(W, w + d)
            for n in range(d * S, d * S + N, WIDTH):
                g = load(products, U, dz + n - d * S)
                products += vector(g, weight, U, dx + n, X, x + n, slopes + n)
            put(G, w + d, at(G, w + d) + total(products))
            d += 1

    return all_inputs


_back_open, _back_rectified, _back_slopes = _back(through_nothing), _back(through_relu), _back(through_slope)


@kernel
def from_one_output(
    W: Any, w: int, bias: int, G: Any, U: Any, dz: int, X: Any, x: int, dx: int, gate: int, slopes: int,
    D: int, S: int, N: int,
) -> None:  # fmt: skip
    """∂w += ∂z·Xᵀ, ∂b += ∂z·1 and ∂X = w·∂z, for one output, times the slope of what lies before it; see `OPEN`."""
    if bias >= 0:
        row_sums(U, dz, S, 1, N, G, bias)
    if gate == OPEN:
        _back_open(W, w, G, U, dz, X, x, dx, slopes, D, S, N)
    elif gate == RECTIFIED:
        _back_rectified(W, w, G, U, dz, X, x, dx, slopes, D, S, N)
    else:
        _back_slopes(W, w, G, U, dz, X, x, dx, slopes, D, S, N)
