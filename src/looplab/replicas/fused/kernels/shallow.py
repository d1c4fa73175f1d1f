"""A whole small network, there and back, in one pass over the rows each: one or two inputs, a hidden layer, an output.

Weights and sums stay in registers; the way back alone also serves activations other than ReLU, and larger networks
that begin so. Letters: D inputs, H hidden units, N rows.
"""

from typing import Any, NamedTuple

from looplab.lanes.across import doubled, pairs_added, totals_4, totals_8
from looplab.lanes.arithmetic import at_least, where
from looplab.lanes.vectors import WIDTH, at, load, number, one, store
from looplab.replicas.fused.arguments import Line
from looplab.replicas.fused.kernels.choice import inlined
from looplab.replicas.fused.kernels.groups import Matrix
from looplab.replicas.fused.kernels.narrow import bias_of, weights_of
from looplab.replicas.fused.kernels.products import add_total, add_vector, row_sums
from looplab.replicas.fused.layers import FEW

__all__ = ["Shallow", "shallow_backward", "shallow_forward", "shallow_of"]


class Shallow(NamedTuple):
    """Such a network, or four units of it, or one.

    Among the parameters W (and their gradient G) begin the hidden layer's weights w and biases, and the output's
    weights v and bias; biases that are not there begin at -1. Among the values V, in lines that are S numbers apart,
    begin the inputs x, the hidden values h, their slopes, and the outputs z; in U, the gradient of the outputs, dz.
    """

    W: Any
    G: Any
    V: Any
    U: Any
    w: int
    bias: int
    v: int
    output_bias: int
    x: int
    h: int
    slopes: int
    z: int
    dz: int
    D: int
    H: int
    S: int
    N: int


@inlined
def shallow_of(hidden: Line, output: Line, memory: Any, x: int, dz: int, S: int, N: int) -> Any:
    """The network of these two layers, with inputs at x and the gradient of the outputs at dz."""
    return Shallow(
        memory.W, memory.G, memory.values, memory.upstream,
        hidden.weights, hidden.bias, output.weights, output.bias, x, hidden.target, output.slopes, output.target, dz,
        hidden.inputs, hidden.outputs, S, N,
    )  # fmt: skip


@inlined
def _units(net: Any, i: int) -> Any:
    """The network from hidden unit i on."""
    return Shallow(
        net.W, net.G, net.V, net.U, net.w + i * net.D, bias_of(net.bias, i), net.v + i, net.output_bias,
        net.x, net.h + i * net.S, net.slopes + i * net.S, net.z, net.dz, net.D, net.H - i, net.S, net.N,
    )  # fmt: skip


@inlined
def shallow_forward(net: Any) -> None:
    """The outputs of a whole network of two layers with a ReLU between."""
    begin = one(at(net.W, net.output_bias) if net.output_bias >= 0 else number(0.0))
    i = 0
    while i + 4 <= net.H:
        _four_forward(_units(net, i), i > 0, begin)
        i += 4
    while i < net.H:
        _forward(_units(net, i), i > 0, begin)
        i += 1


def _four_forward(net: Any, more: bool, begin: Any) -> None:
    zeros, X, h, v, S, second = one(0.0), net.V, net.h, net.v, net.S, net.x + (net.D - 1) * net.S
    p0, q0, b0 = weights_of(zeros, net.W, net.w, net.D, net.bias, 0)
    p1, q1, b1 = weights_of(zeros, net.W, net.w, net.D, net.bias, 1)
    p2, q2, b2 = weights_of(zeros, net.W, net.w, net.D, net.bias, 2)
    p3, q3, b3 = weights_of(zeros, net.W, net.w, net.D, net.bias, 3)
    v0, v1, v2, v3 = at(net.W, v), at(net.W, v + 1), at(net.W, v + 2), at(net.W, v + 3)
    for n in range(0, net.N, WIDTH):
        a, b = load(zeros, X, net.x + n), load(zeros, X, second + n)
        h0, h1 = at_least(b0 + p0 * a + q0 * b, zeros), at_least(b1 + p1 * a + q1 * b, zeros)
        h2, h3 = at_least(b2 + p2 * a + q2 * b, zeros), at_least(b3 + p3 * a + q3 * b, zeros)
        store(X, h + n, h0)
        store(X, h + S + n, h1)
        store(X, h + 2 * S + n, h2)
        store(X, h + 3 * S + n, h3)
        before = load(zeros, X, net.z + n) if more else begin
        store(X, net.z + n, before + (v0 * h0 + v1 * h1) + (v2 * h2 + v3 * h3))


def _forward(net: Any, more: bool, begin: Any) -> None:
    zeros, X, weight, second = one(0.0), net.V, at(net.W, net.v), net.x + (net.D - 1) * net.S
    p, q, c = weights_of(zeros, net.W, net.w, net.D, net.bias, 0)
    for n in range(0, net.N, WIDTH):
        value = at_least(c + p * load(zeros, X, net.x + n) + q * load(zeros, X, second + n), zeros)
        store(X, net.h + n, value)
        store(X, net.z + n, (load(zeros, X, net.z + n) if more else begin) + weight * value)


@inlined
def shallow_backward(net: Any, rectified: bool) -> None:
    """Add the gradient of both layers' parameters to G, from that of the outputs.

    Between the layers lies a ReLU, or an activation whose slopes are kept.
    """
    if net.output_bias >= 0:
        row_sums(net.G, net.output_bias, Matrix(net.U, net.dz, net.S, 1), 1, net.N)
    i = 0
    while i + 4 <= net.H:
        if rectified:
            _four_rectified(_units(net, i))
        else:
            _four_units(_units(net, i))
        i += 4
    while i < net.H:
        _unit(_units(net, i), rectified)
        i += 1


def _four_rectified(net: Any) -> None:
    """Four units with a ReLU. Its value is w·x + b where it is open, and there alone g, the output's gradient, counts.

    So Σ g is needed for the bias, Σ g·x for the weights, and v's own gradient Σ g·(w·x + b) follows from the two.
    """
    U, X, x, h, S, second = net.U, net.V, net.x, net.h, net.S, net.x + (net.D - 1) * net.S
    t0 = t1 = t2 = t3 = one(0.0)
    p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = one(0.0)
    for n in range(0, net.N, WIDTH):
        g, a, b = load(t0, U, net.dz + n), load(t0, X, x + n), load(t0, X, second + n)
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
    weights = load(t, net.W, net.v)
    if net.D == FEW:
        both = totals_8(p0, q0, p1, q1, p2, q2, p3, q3)
        values = pairs_added(load(both, net.W, net.w) * both)
        add_vector(net.G, net.w, doubled(weights) * both)
    else:
        values = load(p, net.W, net.w) * p
        add_vector(net.G, net.w, weights * p)
    if net.bias >= 0:
        values += load(t, net.W, net.bias) * t
        add_vector(net.G, net.bias, weights * t)
    add_vector(net.G, net.v, values)


def _four_units(net: Any) -> None:
    U, X, x, h, S, v, second = net.U, net.V, net.x, net.h, net.S, net.v, net.x + (net.D - 1) * net.S
    s0 = s1 = s2 = s3 = t0 = t1 = t2 = t3 = one(0.0)
    p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = one(0.0)
    v0, v1, v2, v3 = at(net.W, v), at(net.W, v + 1), at(net.W, v + 2), at(net.W, v + 3)
    for n in range(0, net.N, WIDTH):
        g, a, b = load(s0, U, net.dz + n), load(s0, X, x + n), load(s0, X, second + n)
        value, d = _back(v0, g, X, h + n, net.slopes + n)
        s0 += g * value
        t0 += d
        p0 += d * a
        q0 += d * b
        value, d = _back(v1, g, X, h + S + n, net.slopes + S + n)
        s1 += g * value
        t1 += d
        p1 += d * a
        q1 += d * b
        value, d = _back(v2, g, X, h + 2 * S + n, net.slopes + 2 * S + n)
        s2 += g * value
        t2 += d
        p2 += d * a
        q2 += d * b
        value, d = _back(v3, g, X, h + 3 * S + n, net.slopes + 3 * S + n)
        s3 += g * value
        t3 += d
        p3 += d * a
        q3 += d * b
    add_vector(net.G, v, totals_4(s0, s1, s2, s3))
    if net.bias >= 0:
        add_vector(net.G, net.bias, totals_4(t0, t1, t2, t3))
    if net.D == FEW:
        add_vector(net.G, net.w, totals_8(p0, q0, p1, q1, p2, q2, p3, q3))
    else:
        add_vector(net.G, net.w, totals_4(p0, p1, p2, p3))


def _unit(net: Any, rectified: bool) -> None:
    second, weight = net.x + (net.D - 1) * net.S, at(net.W, net.v)
    s = t = p = q = one(0.0)
    for n in range(0, net.N, WIDTH):
        g, value = load(s, net.U, net.dz + n), load(s, net.V, net.h + n)
        d = weight * (where(value > 0.0, g, 0.0) if rectified else g * load(s, net.V, net.slopes + n))
        s += g * value
        t += d
        p += d * load(s, net.V, net.x + n)
        q += d * load(s, net.V, second + n)
    add_total(net.G, net.v, s)
    add_total(net.G, net.w, p)
    if net.D == FEW:
        add_total(net.G, net.w + 1, q)
    if net.bias >= 0:
        add_total(net.G, net.bias, t)


def _back(weight: Any, g: Any, V: Any, h: int, slope: int) -> Any:
    """A hidden unit's value, and the gradient before its activation."""
    return load(g, V, h), weight * g * load(g, V, slope)
