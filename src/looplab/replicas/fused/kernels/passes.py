"""Forward through all layers and back, over lines that say what the layers are and where their numbers lie."""
# ruff: noqa: E741 - O is the mathematics' name

from typing import Any

from looplab.lanes.vectors import WIDTH, load, one, store
from looplab.replicas.fused.arguments import Line, Scratch, Shape, unpacked
from looplab.replicas.fused.kernels.activations import activate, close, multiply
from looplab.replicas.fused.kernels.blocks import whole_vectors
from looplab.replicas.fused.kernels.dropout import drop
from looplab.replicas.fused.kernels.groups import Matrix
from looplab.replicas.fused.kernels.linear import input_gradient, linear, transpose, weight_gradient
from looplab.replicas.fused.kernels.narrow import from_few_inputs, to_one_output
from looplab.replicas.fused.kernels.shallow import shallow_backward, shallow_of
from looplab.replicas.fused.layers import ACTIVATION, BLOCK_INPUTS, COPY, DROPOUT, FEW, LINEAR, OPEN, RECTIFIED, SLOPES

__all__ = ["backward", "forward"]


def forward(given: Any, rows: Any) -> None:
    """The outputs of a block; every layer's values and slopes are left among the values."""
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    V, S, N = memory.values, rows.S, rows.N
    for number in range(shape.layers):
        layer = unpacked(Line, shape.lines, number)
        D, O = layer.inputs, layer.outputs
        X = Matrix(V, rows.x if layer.source == BLOCK_INPUTS else layer.source, S, 1)
        Z, slopes = Matrix(V, layer.target, S, 1), Matrix(V, layer.slopes, S, 1)
        if layer.kind == LINEAR:
            W = Matrix(memory.W, layer.weights, D, 1)
            if D <= FEW:
                from_few_inputs(Z, W, layer.bias, X, layer.a, D, O, N)
            elif O == 1:
                to_one_output(Z, W, layer.bias, X, layer.a, D, N)
            else:
                linear(Z, W, layer.bias, X, layer.a, D, O, N)
        elif layer.kind == COPY:
            _copy(Z, X, O, N)
        elif layer.kind == DROPOUT:
            if rows.training:
                drop(layer.a, Z, slopes, O, rows, number, shape.layers)
        else:
            activate(layer.kind - ACTIVATION, layer.a, layer.b, Z, slopes, O, N)


def backward(given: Any, rows: Any) -> None:
    """Add a block's gradient to G, from the outputs' gradient in U; layers before the first linear have none."""
    shape, memory = unpacked(Shape, given.shape, 0), unpacked(Scratch, given.scratch, 0)
    V, S, N, first = memory.values, rows.S, rows.N, shape.first_linear
    hidden, u, spare = unpacked(Line, shape.lines, first), 0, shape.spare_at
    for back in range(shape.layers - first):
        number = shape.layers - 1 - back
        layer = unpacked(Line, shape.lines, number)
        D, O = layer.inputs, layer.outputs
        U, slopes = Matrix(memory.upstream, u, S, 1), Matrix(V, layer.slopes, S, 1)
        if layer.kind != LINEAR:
            if layer.gate == SLOPES:
                multiply(U, slopes, O, N)
            continue
        few = hidden.inputs <= FEW and hidden.target == layer.source
        if O == 1 and few and layer.gate != OPEN and number - first <= 2:  # nothing but this gate lies between the two
            x = rows.x if hidden.source == BLOCK_INPUTS else hidden.source
            shallow_backward(shallow_of(hidden, layer, memory, x, u, S, N), layer.gate == RECTIFIED)
            break
        at_inputs = layer.source == BLOCK_INPUTS
        X = Matrix(V, rows.x if at_inputs else layer.source, S, 1)
        by_rows = Matrix(
            V, rows.by_rows if at_inputs else layer.by_rows, shape.row_length if at_inputs else whole_vectors(D), 1
        )
        if not at_inputs and layer.by_rows >= 0:
            transpose(by_rows, X, D // WIDTH * WIDTH, N)
        weight_gradient(Matrix(memory.G, layer.weights, D, 1), layer.bias, U, X, by_rows, D, O, N)
        if number > first:
            input_gradient(Matrix(memory.upstream, spare, S, 1), Matrix(memory.W, layer.weights, D, 1), U, D, O, N)
            u, spare = spare, u
            gradient = Matrix(memory.upstream, u, S, 1)
            if layer.gate == RECTIFIED:
                close(gradient, X, D, N)
            elif layer.gate == SLOPES:
                multiply(gradient, slopes, D, N)


def _copy(Z: Any, X: Any, O: int, N: int) -> None:
    for o in range(O):
        for n in range(0, N, WIDTH):
            values = load(one(0.0), X.numbers, X.begin + o * X.row + n)
            store(Z.numbers, Z.begin + o * Z.row + n, values)
