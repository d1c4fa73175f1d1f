"""The way forward through linear layers with one or two inputs or with one output, whose few weights stay in registers.

Small networks begin and end with such layers. A matrix product would spend more time on beginning and ending its tiles
than on the sums. Letters and arguments as in `linear`.
"""
# ruff: noqa: E741 - O is the mathematics' name

from typing import Any

from looplab.lanes.arithmetic import at_least, splat
from looplab.lanes.vectors import WIDTH, at, lanes_of, load, number, one, store, wide
from looplab.replicas.fused.kernels.groups import part
from looplab.replicas.fused.layers import FEW

__all__ = ["bias_of", "from_few_inputs", "to_one_output", "weights_of"]


def from_few_inputs(Z: Any, W: Any, bias: int, X: Any, least: float, D: int, O: int, N: int) -> None:
    """Z = max(W·X + b, least), for one or two inputs."""
    o = 0
    while o + 4 <= O:
        _four_outputs(part(Z, o, 0), part(W, o, 0), bias_of(bias, o), X, least, D, N)
        o += 4
    while o < O:
        _output(part(Z, o, 0), part(W, o, 0), bias_of(bias, o), X, least, D, N)
        o += 1


def bias_of(bias: int, o: int) -> int:
    """Where the bias of an output is; -1 without biases."""
    return bias + o if bias >= 0 else -1


def _four_outputs(Z: Any, W: Any, bias: int, X: Any, least: float, D: int, N: int) -> None:
    like, z, first, second = one(0.0), Z.begin, X.begin, X.begin + (D - 1) * X.row
    u0, v0, b0 = weights_of(like, W.numbers, W.begin, D, bias, 0)
    u1, v1, b1 = weights_of(like, W.numbers, W.begin, D, bias, 1)
    u2, v2, b2 = weights_of(like, W.numbers, W.begin, D, bias, 2)
    u3, v3, b3 = weights_of(like, W.numbers, W.begin, D, bias, 3)
    floor = splat(like, least)
    for n in range(0, N, WIDTH):
        p, q = load(like, X.numbers, first + n), load(like, X.numbers, second + n)
        store(Z.numbers, z + n, at_least(b0 + u0 * p + v0 * q, floor))
        store(Z.numbers, z + Z.row + n, at_least(b1 + u1 * p + v1 * q, floor))
        store(Z.numbers, z + 2 * Z.row + n, at_least(b2 + u2 * p + v2 * q, floor))
        store(Z.numbers, z + 3 * Z.row + n, at_least(b3 + u3 * p + v3 * q, floor))


def _output(Z: Any, W: Any, bias: int, X: Any, least: float, D: int, N: int) -> None:
    like, first, second = one(0.0), X.begin, X.begin + (D - 1) * X.row
    u, v, b = weights_of(like, W.numbers, W.begin, D, bias, 0)
    floor = splat(like, least)
    for n in range(0, N, WIDTH):
        p, q = load(like, X.numbers, first + n), load(like, X.numbers, second + n)
        store(Z.numbers, Z.begin + n, at_least(b + u * p + v * q, floor))


def weights_of(like: Any, W: Any, w: int, D: int, bias: int, o: int) -> Any:
    """The two weights (the second is 0 where there is one) and the bias of an output, each in all lanes."""
    second = at(W, w + o * D + 1) if D == FEW else number(0.0)
    begin = at(W, bias + o) if bias >= 0 else number(0.0)
    return splat(like, at(W, w + o * D)), splat(like, second), splat(like, begin)


def to_one_output(Z: Any, W: Any, bias: int, X: Any, least: float, D: int, N: int) -> None:
    """Z = max(w·X + b, least), for one output."""
    begin = at(W.numbers, bias) if bias >= 0 else number(0.0)
    n = 0
    while n + lanes_of(wide(0.0)) <= N:
        store(Z.numbers, Z.begin + n, _sum_of_inputs(wide(0.0), begin, W, part(X, 0, n), least, D))
        n += lanes_of(wide(0.0))
    while n < N:
        store(Z.numbers, Z.begin + n, _sum_of_inputs(one(0.0), begin, W, part(X, 0, n), least, D))
        n += WIDTH


def _sum_of_inputs(like: Any, begin: Any, W: Any, X: Any, least: float, D: int) -> Any:
    s = splat(like, begin)
    for d in range(D):
        s += at(W.numbers, W.begin + d) * load(like, X.numbers, X.begin + d * X.row)
    return at_least(s, least)
