"""Layer norm and batch norm: each unit or row brought to mean 0 and variance 1, then scaled and moved.

Every matrix has O rows, one a unit, and N columns, one a row of the batch, a multiple of 16 and side by side; `real`
of them are rows, the others fill up a vector. Kept for the way back are x̂ = (x - mean) / √(variance + eps), O×N, and
1 / √(variance + eps), one number for each row (of a layer norm) or unit (of a batch norm). Weights and biases that are
not there begin at -1.

With g = w·∂z, both go back by ∂x = (g - mean(g) - x̂·mean(g·x̂)) / √(variance + eps), ∂w = Σ ∂z·x̂ and ∂b = Σ ∂z.
"""
# ruff: noqa: E741 - O is the mathematics' name

from typing import Any

from looplab.lanes.across import total
from looplab.lanes.arithmetic import sqrt
from looplab.lanes.vectors import WIDTH, at, load, number, one, put, store
from looplab.replicas.fused.kernels.products import add_total

__all__ = ["batch_norm", "batch_norm_back", "layer_norm", "layer_norm_back", "running_norm"]


def layer_norm(Z: Any, X: Any, kept: Any, spread: int, W: Any, node: Any, N: int) -> None:
    """Z = w·x̂ + b, where mean and variance are those of a row's units; x̂ is kept, and 1 / √(variance + eps)."""
    V, zeros, O = Z.numbers, one(0.0), node.outputs
    for n in range(0, N, WIDTH):
        s = zeros
        for o in range(O):
            s += load(zeros, V, X.begin + o * X.row + n)
        mean, squares = s / O, zeros
        for o in range(O):
            d = load(zeros, V, X.begin + o * X.row + n) - mean
            squares += d * d
        inverse = 1.0 / sqrt(squares / O + node.a)
        store(V, spread + n, inverse)
        for o in range(O):
            x = (load(zeros, V, X.begin + o * X.row + n) - mean) * inverse
            store(V, kept.begin + o * kept.row + n, x)
            store(V, Z.begin + o * Z.row + n, _scaled(x, W, node, o))


def layer_norm_back(dX: Any, dZ: Any, kept: Any, spread: int, memory: Any, node: Any, N: int) -> None:
    """∂X += the gradient; and the gradient of weights and biases. There is no ∂X where it begins at -1."""
    V, U, zeros, O = kept.numbers, dZ.numbers, one(0.0), node.outputs
    _scales_back(dZ, kept, memory, node, N)
    for n in range(0, N if dX.begin >= 0 else 0, WIDTH):
        gradients, products = zeros, zeros
        for o in range(O):
            g = load(zeros, U, dZ.begin + o * dZ.row + n) * _weight(memory, node, o)
            gradients += g
            products += g * load(zeros, V, kept.begin + o * kept.row + n)
        gradients, products = gradients / O, products / O
        inverse = load(zeros, V, spread + n)
        for o in range(O):
            g = load(zeros, U, dZ.begin + o * dZ.row + n) * _weight(memory, node, o)
            d = (g - gradients - load(zeros, V, kept.begin + o * kept.row + n) * products) * inverse
            store(U, dX.begin + o * dX.row + n, load(zeros, U, dX.begin + o * dX.row + n) + d)


def batch_norm(Z: Any, X: Any, kept: Any, spread: int, memory: Any, node: Any, rows: Any) -> None:
    """Z = w·x̂ + b with mean and variance of the batch, which go into the running ones.

    These lie in the memory's statistics: all means, then all variances, which are the unbiased ones, Σ / (n - 1). With
    the momentum -1 they are the mean of those of all batches.
    """
    V, zeros, count = Z.numbers, one(0.0), rows.real
    share = node.b if node.b >= 0.0 else 1.0 / (rows.step + 1)
    for o in range(node.outputs):
        x, k, z = X.begin + o * X.row, kept.begin + o * kept.row, Z.begin + o * Z.row
        mean = _sum(V, x, count) / count
        squares = _sum_of_squares(V, x, mean, count)
        inverse = 1.0 / sqrt(squares / count + node.a)
        put(V, spread + o, number(inverse))
        for n in range(0, rows.N, WIDTH):
            store(V, k + n, (load(zeros, V, x + n) - mean) * inverse)
        for n in range(count, rows.N):
            put(V, k + n, number(0.0))
        for n in range(0, rows.N, WIDTH):
            store(V, z + n, _scaled(load(zeros, V, k + n), memory.W, node, o))
        place = node.statistics + o
        _move(memory.statistics, place, mean, share)
        _move(memory.statistics, place + node.outputs, squares / (count - 1), share)


def batch_norm_back(dX: Any, dZ: Any, kept: Any, spread: int, memory: Any, node: Any, rows: Any) -> None:
    """∂X += the gradient, but for the rows that only fill up; and the gradient of weights and biases."""
    V, U, zeros, count = kept.numbers, dZ.numbers, one(0.0), rows.real
    _scales_back(dZ, kept, memory, node, rows.N)
    for o in range(node.outputs if dX.begin >= 0 else 0):
        z, k, x = dZ.begin + o * dZ.row, kept.begin + o * kept.row, dX.begin + o * dX.row
        factor = _weight(memory, node, o) * at(V, spread + o)
        s, products = zeros, zeros  # what fills up has the gradient 0
        for n in range(0, rows.N, WIDTH):
            g = load(zeros, U, z + n)
            s += g
            products += g * load(zeros, V, k + n)
        mean, product = total(s) / count, total(products) / count
        for n in range(0, rows.N, WIDTH):
            d = (load(zeros, U, z + n) - mean - load(zeros, V, k + n) * product) * factor
            store(U, x + n, load(zeros, U, x + n) + d)
        for n in range(count, rows.N):
            put(U, x + n, number(0.0))


def running_norm(Z: Any, X: Any, memory: Any, node: Any, N: int) -> None:
    """Z = w·x̂ + b with the running mean and variance."""
    V, zeros = Z.numbers, one(0.0)
    for o in range(node.outputs):
        mean = at(memory.statistics, node.statistics + o)
        inverse = 1.0 / sqrt(at(memory.statistics, node.statistics + node.outputs + o) + node.a)
        for n in range(0, N, WIDTH):
            x = (load(zeros, V, X.begin + o * X.row + n) - mean) * inverse
            store(V, Z.begin + o * Z.row + n, _scaled(x, memory.W, node, o))


def _weight(memory: Any, node: Any, o: int) -> Any:
    return at(memory.W, node.weights + o) if node.weights >= 0 else number(1.0)


def _scaled(x: Any, W: Any, node: Any, o: int) -> Any:
    weight = at(W, node.weights + o) if node.weights >= 0 else number(1.0)
    bias = at(W, node.bias + o) if node.bias >= 0 else number(0.0)
    return x * weight + bias


def _scales_back(dZ: Any, kept: Any, memory: Any, node: Any, N: int) -> None:
    """∂w += Σ ∂z·x̂ and ∂b += Σ ∂z."""
    for o in range(node.outputs if node.weights >= 0 or node.bias >= 0 else 0):
        s, products = one(0.0), one(0.0)
        for n in range(0, N, WIDTH):
            g = load(s, dZ.numbers, dZ.begin + o * dZ.row + n)
            s += g
            products += g * load(s, kept.numbers, kept.begin + o * kept.row + n)
        if node.weights >= 0:
            add_total(memory.G, node.weights + o, products)
        if node.bias >= 0:
            add_total(memory.G, node.bias + o, s)


def _sum(V: Any, x: int, count: int) -> float:
    sums, whole = one(0.0), count // WIDTH * WIDTH
    for n in range(0, whole, WIDTH):
        sums += load(sums, V, x + n)
    s = float(total(sums))
    for n in range(whole, count):
        s += at(V, x + n)
    return s


def _sum_of_squares(V: Any, x: int, mean: float, count: int) -> float:
    sums, whole = one(0.0), count // WIDTH * WIDTH
    for n in range(0, whole, WIDTH):
        d = load(sums, V, x + n) - mean
        sums += d * d
    s = float(total(sums))
    for n in range(whole, count):
        s += (at(V, x + n) - mean) * (at(V, x + n) - mean)
    return s


def _move(numbers: Any, place: int, value: float, share: float) -> None:
    """Let the number at a place become (1 - share)·itself + share·value."""
    put(numbers, place, number((1.0 - share) * at(numbers, place) + share * value))
