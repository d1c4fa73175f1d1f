"""A whole small network, there and back, in one pass over the rows each: one or two inputs, a hidden layer, an output.

Weights and sums stay in registers; the way back alone also serves activations other than ReLU, and larger networks
that begin so. Letters: D inputs, H hidden units, N rows; `w` and `bias` are where the hidden layer's parameters begin,
`v` where the output's weights do.
"""

from typing import Any

import numpy as np

from looplab.replicas.fused.codes import BIAS, COLUMNS, FEW, INPUTS, OUTPUTS, TARGET, WEIGHTS
from looplab.replicas.fused.kernels.functions import at_least
from looplab.replicas.fused.kernels.instructions import doubled, pairs_added, totals_4, totals_8
from looplab.replicas.fused.kernels.kernel import inlined_kernel, kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, at, load, one, store, where
from looplab.replicas.fused.kernels.narrow import weights_of
from looplab.replicas.fused.kernels.products import add_total, add_vector, row_sums

__all__ = ["shallow_backward", "shallow_forward", "shallow_gradient"]


@inlined_kernel
def shallow_forward(table: Any, W: Any, X: Any, x: int, S: int, N: int) -> None:
    """The outputs of a whole network of two layers with a ReLU between, as its table says; inputs are at X[x]."""
    H, D, output = table[OUTPUTS], table[INPUTS], COLUMNS
    w, bias, h = table[WEIGHTS], table[BIAS], table[TARGET]
    v, output_bias, z = table[output + WEIGHTS], table[output + BIAS], table[output + TARGET]
    begin = one(at(W, output_bias) if output_bias >= 0 else np.float32(0.0))
    i = 0
    while i + 4 <= H:
        b = bias + i if bias >= 0 else -1
        _four_forward(W, w + i * D, b, v + i, X, x, h + i * S, z, i > 0, begin, D, S, N)
        i += 4
    while i < H:
        b = bias + i if bias >= 0 else -1
        _forward(W, w + i * D, b, v + i, X, x, h + i * S, z, i > 0, begin, D, S, N)
        i += 1


@inlined_kernel
def shallow_backward(table: Any, W: Any, G: Any, U: Any, dz: int, X: Any, x: int, S: int, N: int) -> None:
    """Add the gradient of all parameters of that network to G, from that of the output at U[dz]."""
    H, D, v, output_bias = table[OUTPUTS], table[INPUTS], table[COLUMNS + WEIGHTS], table[COLUMNS + BIAS]
    w, bias, h = table[WEIGHTS], table[BIAS], table[TARGET]
    shallow_gradient(W, w, bias, v, output_bias, G, U, dz, X, x, h, True, 0, H, D, S, N)


@kernel
def _four_forward(
    W: Any, w: int, bias: int, v: int, X: Any, x: int, h: int, z: int, more: bool, begin: Any, D: int, S: int, N: int
) -> None:
    zeros, second = one(0.0), x + (D - 1) * S
    p0, q0, b0 = weights_of(zeros, W, w, D, bias, 0)
    p1, q1, b1 = weights_of(zeros, W, w, D, bias, 1)
    p2, q2, b2 = weights_of(zeros, W, w, D, bias, 2)
    p3, q3, b3 = weights_of(zeros, W, w, D, bias, 3)
    v0, v1, v2, v3 = at(W, v), at(W, v + 1), at(W, v + 2), at(W, v + 3)
    for n in range(0, N, WIDTH):
        a, b = load(zeros, X, x + n), load(zeros, X, second + n)
        h0, h1 = at_least(b0 + p0 * a + q0 * b, zeros), at_least(b1 + p1 * a + q1 * b, zeros)
        h2, h3 = at_least(b2 + p2 * a + q2 * b, zeros), at_least(b3 + p3 * a + q3 * b, zeros)
        store(X, h + n, h0)
        store(X, h + S + n, h1)
        store(X, h + 2 * S + n, h2)
        store(X, h + 3 * S + n, h3)
        before = load(zeros, X, z + n) if more else begin
        store(X, z + n, before + (v0 * h0 + v1 * h1) + (v2 * h2 + v3 * h3))


@kernel
def _forward(
    W: Any, w: int, bias: int, v: int, X: Any, x: int, h: int, z: int, more: bool, begin: Any, D: int, S: int, N: int
) -> None:
    zeros, second, weight = one(0.0), x + (D - 1) * S, at(W, v)
    p, q, c = weights_of(zeros, W, w, D, bias, 0)
    for n in range(0, N, WIDTH):
        value = at_least(c + p * load(zeros, X, x + n) + q * load(zeros, X, second + n), zeros)
        store(X, h + n, value)
        store(X, z + n, (load(zeros, X, z + n) if more else begin) + weight * value)


@kernel
def shallow_gradient(
    W: Any, w: int, bias: int, v: int, output_bias: int, G: Any, U: Any, dz: int, X: Any, x: int, h: int,
    rectified: bool, slopes: int, H: int, D: int, S: int, N: int,
) -> None:  # fmt: skip
    """Add the gradient of both layers' parameters to G, from that of the output at U[dz].

    Between the layers lies a ReLU, or an activation with its slopes at X[slopes].
    """
    if output_bias >= 0:
        row_sums(U, dz, S, 1, N, G, output_bias)
    i = 0
    while i + 4 <= H:
        b = bias + i if bias >= 0 else -1
        if rectified:
            _four_rectified(W, w + i * D, b, v + i, G, U, dz, X, x, h + i * S, D, S, N)
        else:
            _four_units(W, w + i * D, b, v + i, G, U, dz, X, x, h + i * S, slopes + i * S, D, S, N)
        i += 4
    while i < H:
        b = bias + i if bias >= 0 else -1
        _unit(W, w + i * D, b, v + i, G, U, dz, X, x, h + i * S, rectified, slopes + i * S, D, S, N)
        i += 1


@kernel
def _four_rectified(
    W: Any, w: int, bias: int, v: int, G: Any, U: Any, dz: int, X: Any, x: int, h: int, D: int, S: int, N: int
) -> None:
    """Four units with a ReLU. Its value is w·x + b where it is open, and there alone g, the output's gradient, counts.

    So Σ g is needed for the bias, Σ g·x for the weights, and v's own gradient Σ g·(w·x + b) follows from the two.
    """
    second = x + (D - 1) * S
    t0 = t1 = t2 = t3 = one(0.0)
    p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = one(0.0)
    for n in range(0, N, WIDTH):
        g, a, b = load(t0, U, dz + n), load(t0, X, x + n), load(t0, X, second + n)
        d = where(load(t0, X, h + n) > 0.0, g, 0.0)
        t0 += d
        p0 += d * a
        q0 += d * b
        d = where(load(t0, X, h + S + n) > 0.0, g, 0.0)
        t1 += d
        p1 += d * a
        q1 += d * b
        d = where(load(t0, X, h + 2 * S + n) > 0.0, g, 0.0)
        t2 += d
        p2 += d * a
        q2 += d * b
        d = where(load(t0, X, h + 3 * S + n) > 0.0, g, 0.0)
        t3 += d
        p3 += d * a
        q3 += d * b
    t, p = totals_4(t0, t1, t2, t3), totals_4(p0, p1, p2, p3)
    weights = load(t, W, v)
    if D == FEW:
        both = totals_8(p0, q0, p1, q1, p2, q2, p3, q3)
        values = pairs_added(load(both, W, w) * both)
        add_vector(G, w, doubled(weights) * both)
    else:
        values = load(p, W, w) * p
        add_vector(G, w, weights * p)
    if bias >= 0:
        values += load(t, W, bias) * t
        add_vector(G, bias, weights * t)
    add_vector(G, v, values)


@kernel
def _four_units(
    W: Any, w: int, bias: int, v: int, G: Any, U: Any, dz: int, X: Any, x: int, h: int, slopes: int,
    D: int, S: int, N: int,
) -> None:  # fmt: skip
    second = x + (D - 1) * S
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = one(0.0)
    p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = one(0.0)
    v0, v1, v2, v3 = at(W, v), at(W, v + 1), at(W, v + 2), at(W, v + 3)
    for n in range(0, N, WIDTH):
        g, a, b = load(s0, U, dz + n), load(s0, X, x + n), load(s0, X, second + n)
        value, d = _back(v0, g, X, h + n, slopes + n)
        s0 += g * value
        t0 += d
        p0 += d * a
        q0 += d * b
        value, d = _back(v1, g, X, h + S + n, slopes + S + n)
        s1 += g * value
        t1 += d
        p1 += d * a
        q1 += d * b
        value, d = _back(v2, g, X, h + 2 * S + n, slopes + 2 * S + n)
        s2 += g * value
        t2 += d
        p2 += d * a
        q2 += d * b
        value, d = _back(v3, g, X, h + 3 * S + n, slopes + 3 * S + n)
        s3 += g * value
        t3 += d
        p3 += d * a
        q3 += d * b
    add_vector(G, v, totals_4(s0, s1, s2, s3))
    if bias >= 0:
        add_vector(G, bias, totals_4(t0, t1, t2, t3))
    if D == FEW:
        add_vector(G, w, totals_8(p0, q0, p1, q1, p2, q2, p3, q3))
    else:
        add_vector(G, w, totals_4(p0, p1, p2, p3))


@kernel
def _unit(
    W: Any, w: int, bias: int, v: int, G: Any, U: Any, dz: int, X: Any, x: int, h: int, rectified: bool, slopes: int,
    D: int, S: int, N: int,
) -> None:  # fmt: skip
    second, weight = x + (D - 1) * S, at(W, v)
    s = t = p = q = one(0.0)
    for n in range(0, N, WIDTH):
        g, value = load(s, U, dz + n), load(s, X, h + n)
        d = weight * (where(value > 0.0, g, 0.0) if rectified else g * load(s, X, slopes + n))
        s += g * value
        t += d
        p += d * load(s, X, x + n)
        q += d * load(s, X, second + n)
    add_total(G, v, s)
    add_total(G, w, p)
    if D == FEW:
        add_total(G, w + 1, q)
    if bias >= 0:
        add_total(G, bias, t)


@kernel
def _back(weight: Any, g: Any, X: Any, h: int, slope: int) -> Any:
    """A hidden unit's value, and the gradient before its activation."""
    return load(g, X, h), weight * g * load(g, X, slope)
