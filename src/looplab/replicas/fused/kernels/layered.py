"""Networks with norms, sums of layers or embeddings: forward and back over nodes.

Each node takes its inputs from any before. Unlike in `passes`, each node's values and gradient have a place of their
own: the gradient of what several nodes take is the sum of what comes back from them. Machine code has these kernels
only where such a network is met.
"""
# ruff: noqa: E741 - O is the mathematics' name

from typing import Any

import numpy as np

from looplab.lanes.vectors import WIDTH, load, one, store
from looplab.loop.losses.loss import Rows
from looplab.replicas.fused.arguments import Node, Scratch, Shape, unpacked
from looplab.replicas.fused.kernels.activations import activate
from looplab.replicas.fused.kernels.blocks import whole_vectors
from looplab.replicas.fused.kernels.choice import not_inlined
from looplab.replicas.fused.kernels.dropout import drop
from looplab.replicas.fused.kernels.embedding import embed, embed_back, pool, pool_back
from looplab.replicas.fused.kernels.groups import Matrix, turned
from looplab.replicas.fused.kernels.linear import linear, transpose, weight_gradient
from looplab.replicas.fused.kernels.losses import loss_and_gradient, number_of_loss
from looplab.replicas.fused.kernels.narrow import from_few_inputs, to_one_output
from looplab.replicas.fused.kernels.norms import batch_norm, batch_norm_back, layer_norm, layer_norm_back, running_norm
from looplab.replicas.fused.kernels.products import FROM_ITSELF, product
from looplab.replicas.fused.layers import (
    ACTIVATION,
    ADD,
    BATCH_NORM,
    BLOCK_INPUTS,
    DROPOUT,
    EMBEDDING,
    FEW,
    LAYER_NORM,
    LINEAR,
    POOL,
)

__all__ = ["layered_loss", "layered_step"]

_LOSS_ROWS = 1984  # in each of 16 lanes, the binary loss then multiplies 124 factors of at most 2, as float32 can


@not_inlined
def layered_step(given: Any, rows: Any, outputs: Any, even: bool) -> float:
    """The loss of a block, whose gradient is added to G."""
    _forward(given, rows)
    loss: float = _loss(given, outputs, even)
    _backward(given, rows)
    return loss


@not_inlined
def layered_loss(given: Any, rows: Any, outputs: Any) -> float:
    """The loss of a block of validation rows."""
    _forward(given, rows)
    loss: float = _loss(given, outputs, True)
    return loss


@not_inlined
def _loss(given: Any, outputs: Any, even: bool) -> float:
    """The loss of a block with its gradient, by parts that are not too long for a kernel of a loss."""
    place, loss = unpacked(Shape, given.shape, 0).loss, 0.0
    for n in range(0, outputs.N, _LOSS_ROWS):
        part = Rows(
            outputs.V, outputs.z + n, outputs.y + n, outputs.share + n, outputs.U, outputs.u + n,
            outputs.O, outputs.S, min(_LOSS_ROWS, outputs.N - n),
        )  # fmt: skip
        sums, products = loss_and_gradient(place, part, even)
        loss += number_of_loss(place, part, even, sums, products)
    return loss


@not_inlined
def _forward(given: Any, rows: Any) -> None:
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    V, S, N = memory.values, rows.S, rows.N
    for number in range(shape.layers):
        node = unpacked(Node, shape.lines, number)
        D, O = node.inputs, node.outputs
        X = Matrix(V, rows.x if node.source == BLOCK_INPUTS else node.source, S, 1)
        Z, kept = Matrix(V, node.target, S, 1), Matrix(V, node.kept, S, 1)
        if node.kind == LINEAR:
            W = Matrix(memory.W, node.weights, D, 1)
            if D <= FEW:
                from_few_inputs(Z, W, node.bias, X, -np.inf, D, O, N)
            elif O == 1:
                to_one_output(Z, W, node.bias, X, -np.inf, D, N)
            else:
                linear(Z, W, node.bias, X, -np.inf, D, O, N)
        elif node.kind == LAYER_NORM:
            layer_norm(Z, X, kept, node.spread, memory.W, node, N)
        elif node.kind == BATCH_NORM:
            if rows.training:
                batch_norm(Z, X, kept, node.spread, memory, node, rows)
            else:
                running_norm(Z, X, memory, node, N)
        elif node.kind == EMBEDDING:
            embed(Z, X, memory.W, node, N)
        elif node.kind == POOL:
            pool(Z, X, node, N)
        else:
            _copy(Z, X, O, N)
            if node.kind == ADD:
                _add(Z, Matrix(V, rows.x if node.second == BLOCK_INPUTS else node.second, S, 1), O, N)
            elif node.kind == DROPOUT:
                if rows.training:
                    drop(node.a, Z, kept, O, rows, number, shape.layers)
            else:
                activate(node.kind - ACTIVATION, node.a, node.b, Z, kept, O, N)


@not_inlined
def _backward(given: Any, rows: Any) -> None:
    """Add a block's gradient to G, from that of the outputs, which lies where the gradient of the last node begins."""
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    V, U, S, N = memory.values, memory.upstream, rows.S, rows.N
    for number in range(shape.layers - 1):
        node = unpacked(Node, shape.lines, number)
        _clear(Matrix(U, node.gradient, S, 1), node.outputs, N)
    for back in range(shape.layers):
        node = unpacked(Node, shape.lines, shape.layers - 1 - back)
        O = node.outputs
        dZ, dX, kept = Matrix(U, node.gradient, S, 1), Matrix(U, node.back, S, 1), Matrix(V, node.kept, S, 1)
        if node.kind == LINEAR:
            _linear_back(given, rows, node, dX, dZ)
        elif node.kind == LAYER_NORM:
            layer_norm_back(dX, dZ, kept, node.spread, memory, node, N)
        elif node.kind == BATCH_NORM:
            batch_norm_back(dX, dZ, kept, node.spread, memory, node, rows)
        elif node.kind == EMBEDDING:
            embed_back(memory, dZ, Matrix(V, rows.x, S, 1), node, rows.real)
        elif node.kind == POOL:
            pool_back(dX, dZ, node, N)
        elif node.kind == ADD:
            if node.back >= 0:
                _add(dX, dZ, O, N)
            if node.second_back >= 0:
                _add(Matrix(U, node.second_back, S, 1), dZ, O, N)
        elif node.back >= 0:
            _add_product(dX, dZ, kept, O, N)


def _linear_back(given: Any, rows: Any, node: Any, dX: Any, dZ: Any) -> None:
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    V, S, N, D, O, at_inputs = memory.values, rows.S, rows.N, node.inputs, node.outputs, node.source == BLOCK_INPUTS
    X = Matrix(V, rows.x if at_inputs else node.source, S, 1)
    length = shape.row_length if at_inputs else whole_vectors(D)
    by_rows = Matrix(V, rows.by_rows if at_inputs else node.by_rows, length, 1)
    if not at_inputs and node.by_rows >= 0:
        transpose(by_rows, X, D // WIDTH * WIDTH, N)
    weight_gradient(Matrix(memory.G, node.weights, D, 1), node.bias, dZ, X, by_rows, D, O, N)
    if dX.begin >= 0:
        product(dX, turned(Matrix(memory.W, node.weights, D, 1)), dZ, D, O, N, FROM_ITSELF, 0)


def _copy(Z: Any, X: Any, O: int, N: int) -> None:
    for o in range(O):
        for n in range(0, N, WIDTH):
            store(Z.numbers, Z.begin + o * Z.row + n, load(one(0.0), X.numbers, X.begin + o * X.row + n))


def _add(Z: Any, X: Any, O: int, N: int) -> None:
    """Z += X."""
    for o in range(O):
        z, x = Z.begin + o * Z.row, X.begin + o * X.row
        for n in range(0, N, WIDTH):
            values = load(one(0.0), Z.numbers, z + n)
            store(Z.numbers, z + n, values + load(values, X.numbers, x + n))


def _add_product(dX: Any, dZ: Any, slopes: Any, O: int, N: int) -> None:
    """∂X += ∂Z·slopes."""
    for o in range(O):
        x, z, s = dX.begin + o * dX.row, dZ.begin + o * dZ.row, slopes.begin + o * slopes.row
        for n in range(0, N, WIDTH):
            gradient = load(one(0.0), dZ.numbers, z + n) * load(one(0.0), slopes.numbers, s + n)
            store(dX.numbers, x + n, load(gradient, dX.numbers, x + n) + gradient)


def _clear(U: Any, O: int, N: int) -> None:
    for o in range(O):
        for n in range(0, N, WIDTH):
            store(U.numbers, U.begin + o * U.row + n, one(0.0))
