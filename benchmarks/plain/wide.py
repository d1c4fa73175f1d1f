"""Layers of any widths with ReLU between, in batches: products by the BLAS (`np.dot`), the rest in loops.

Values lie with the rows of the batch side by side, O×B; the inputs by rows, B×D, as they are gathered.
"""

# ruff: noqa: E741 - O is the mathematics' name

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from plain.adam import adam_step
from plain.functions import F, exact, sums
from plain.losses import cross_entropy

__all__ = ["Memory", "make_memory", "train_wide"]

Array = NDArray[np.float32]


class Memory(NamedTuple):
    """What a thread computes in: parameters, gradient and averages P each, and views of the layers in the first two.

    Values and their gradients are O×B for each layer; of rows beyond the end of a short batch they count for nothing.
    """

    W: Any
    G: Any
    M: Any
    V: Any
    weights: Any
    biases: Any
    weight_gradients: Any
    bias_gradients: Any
    inputs: Any
    targets: Any
    values: Any
    upstream: Any
    spare: Any


def make_memory(widths: tuple[int, ...], batch_size: int) -> Memory:
    """Memory for layers that lead from widths[0] inputs to widths[-1] outputs."""
    sizes = list(zip(widths[1:], widths, strict=False))
    W, G, M, V = (np.zeros(sum(O * (D + 1) for O, D in sizes), np.float32) for _ in range(4))
    values, upstream = (tuple(np.zeros((O, batch_size), np.float32) for O, _ in sizes) for _ in range(2))
    inputs, targets = np.zeros((batch_size, widths[0]), np.float32), np.zeros(batch_size, np.int32)
    return Memory(
        W, G, M, V, *_views(W, sizes), *_views(G, sizes), inputs, targets, values, upstream,
        np.zeros((3, batch_size), np.float32),
    )  # fmt: skip


def _views(numbers: Array, sizes: list[tuple[int, int]]) -> tuple[tuple[Array, ...], tuple[Array, ...]]:
    weights, biases, begin = [], [], 0
    for O, D in sizes:
        weights.append(numbers[begin : begin + O * D].reshape(O, D))
        biases.append(numbers[begin + O * D : begin + O * D + O])
        begin += O * D + O
    return tuple(weights), tuple(biases)


@exact
def _gather(X: Any, y: Any, inputs: Any, targets: Any, rows: Any) -> None:
    for i in range(len(rows)):
        row = rows[i]
        y[i] = targets[row]
        for d in range(X.shape[1]):
            X[i, d] = inputs[row, d]


@exact
def _add_bias(z: Any, bias: Any) -> None:
    for o in range(z.shape[0]):
        b = bias[o]
        for n in range(z.shape[1]):
            z[o, n] += b


@exact
def _add_bias_relu(z: Any, bias: Any) -> None:
    for o in range(z.shape[0]):
        b = bias[o]
        for n in range(z.shape[1]):
            z[o, n] = F(0) if z[o, n] + b <= F(0) else z[o, n] + b


@exact
def _close(dh: Any, h: Any) -> None:
    for o in range(h.shape[0]):
        for n in range(h.shape[1]):
            dh[o, n] = dh[o, n] if h[o, n] > F(0) else F(0)


@sums
def _row_sums(dz: Any, bias_gradient: Any) -> None:
    for o in range(dz.shape[0]):
        summed = F(0)
        for n in range(dz.shape[1]):
            summed += dz[o, n]
        bias_gradient[o] = summed


@sums
def _forward(memory: Memory) -> None:
    weights, values, last = memory.weights, memory.values, len(memory.weights) - 1
    np.dot(weights[0], memory.inputs.T, values[0])
    for layer in range(1, last + 1):
        _add_bias_relu(values[layer - 1], memory.biases[layer - 1])
        np.dot(weights[layer], values[layer - 1], values[layer])
    _add_bias(values[last], memory.biases[last])


@sums
def _backward(memory: Memory) -> None:
    values, upstream = memory.values, memory.upstream
    for layer in range(len(memory.weights) - 1, 0, -1):
        np.dot(upstream[layer], values[layer - 1].T, memory.weight_gradients[layer])
        _row_sums(upstream[layer], memory.bias_gradients[layer])
        np.dot(memory.weights[layer].T, upstream[layer], upstream[layer - 1])
        _close(upstream[layer - 1], values[layer - 1])
    np.dot(upstream[0], memory.inputs, memory.weight_gradients[0])
    _row_sums(upstream[0], memory.bias_gradients[0])


@sums
def train_wide(
    parameters: Any, inputs: Any, targets: Any, orders: Any,
    losses: Any, lr: float, memory: Memory, start: int, stop: int,
) -> None:  # fmt: skip
    """Train replicas: parameters R×P, inputs N×D, targets N, orders R×E×N (the rows of each epoch), losses R×T."""
    N, batch_size = len(inputs), len(memory.inputs)
    last = len(memory.values) - 1
    for r in range(start, stop):
        memory.W[:] = parameters[r]
        memory.M[:] = memory.V[:] = F(0)
        epoch = position = 0
        for t in range(losses.shape[1]):
            rows = min(batch_size, N - position)
            _gather(memory.inputs, memory.targets, inputs, targets, orders[r, epoch, position : position + rows])
            position += rows
            if position == N:
                epoch, position = epoch + 1, 0
            _forward(memory)
            loss = cross_entropy(memory.values[last], memory.targets, memory.upstream[last], memory.spare, rows)
            if not math.isfinite(loss):
                break
            losses[r, t] = loss
            _backward(memory)
            adam_step(memory.W, memory.G, memory.M, memory.V, lr, t + 1)
        parameters[r] = memory.W
