"""The way back through a whole small network: one or two inputs, one hidden layer, one output.

Nothing but the hidden values is read and nothing but sums is kept, all of them in registers. Letters: D inputs, H
hidden units, N rows; `w` and `bias` are where the hidden layer's parameters begin, `v` where the output's weights do.
"""

from typing import Any

from looplab.replicas.fused.kernels.instructions import totals_4, totals_8
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, at, load, one, where
from looplab.replicas.fused.kernels.narrow import FEW
from looplab.replicas.fused.kernels.products import add_total, add_vector, row_sums

__all__ = ["shallow_gradient"]


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
        _four_units(W, w + i * D, b, v + i, G, U, dz, X, x, h + i * S, rectified, slopes + i * S, D, S, N)
        i += 4
    while i < H:
        b = bias + i if bias >= 0 else -1
        _unit(W, w + i * D, b, v + i, G, U, dz, X, x, h + i * S, rectified, slopes + i * S, D, S, N)
        i += 1


@kernel
def _four_units(
    W: Any, w: int, bias: int, v: int, G: Any, U: Any, dz: int, X: Any, x: int, h: int, rectified: bool, slopes: int,
    D: int, S: int, N: int,
) -> None:  # fmt: skip
    second = x + (D - 1) * S
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = one(0.0)
    p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = one(0.0)
    v0, v1, v2, v3 = at(W, v), at(W, v + 1), at(W, v + 2), at(W, v + 3)
    for n in range(0, N, WIDTH):
        g, a, b = load(s0, U, dz + n), load(s0, X, x + n), load(s0, X, second + n)
        value, d = _back(v0, g, X, h + n, rectified, slopes + n)
        s0 += g * value
        t0 += d
        p0 += d * a
        q0 += d * b
        value, d = _back(v1, g, X, h + S + n, rectified, slopes + S + n)
        s1 += g * value
        t1 += d
        p1 += d * a
        q1 += d * b
        value, d = _back(v2, g, X, h + 2 * S + n, rectified, slopes + 2 * S + n)
        s2 += g * value
        t2 += d
        p2 += d * a
        q2 += d * b
        value, d = _back(v3, g, X, h + 3 * S + n, rectified, slopes + 3 * S + n)
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
        g = load(s, U, dz + n)
        value, d = _back(weight, g, X, h + n, rectified, slopes + n)
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
def _back(weight: Any, g: Any, X: Any, h: int, rectified: bool, slope: int) -> Any:
    """A hidden unit's value, and the gradient before its activation."""
    value = load(g, X, h)
    d = weight * g
    return value, where(value > 0.0, d, 0.0) if rectified else d * load(g, X, slope)
