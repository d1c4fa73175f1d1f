"""Forward through all layers and back, over a table that says what the layers are and where their numbers lie."""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

from looplab.replicas.fused.codes import (
    ACTIVATION,
    BIAS,
    BLOCK_INPUTS,
    BY_ROWS,
    CODE,
    COLUMNS,
    COPY,
    DROPOUT,
    FEW,
    GATE,
    INPUTS,
    LINEAR,
    OPEN,
    OUTPUTS,
    RECTIFIED,
    SLOPE,
    SLOPES,
    SOURCE,
    TARGET,
    WEIGHTS,
)
from looplab.replicas.fused.kernels.activations import activate, close, multiply
from looplab.replicas.fused.kernels.dropout import drop
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, load, one, store
from looplab.replicas.fused.kernels.linear import input_gradient, linear, transpose, weight_gradient
from looplab.replicas.fused.kernels.narrow import from_few_inputs, to_one_output
from looplab.replicas.fused.kernels.shallow import shallow_gradient

__all__ = ["backward", "forward"]


@kernel
def forward(
    table: Any, numbers: Any, layers: int, W: Any, V: Any, x: int, training: bool, seed: int, step: int,
    first_row: int, S: int, N: int,
) -> None:  # fmt: skip
    """The outputs of a block with inputs at V[x]; every layer's values and slopes are left in V."""
    for layer in range(layers):
        line = layer * COLUMNS
        code, D, O = table[line + CODE], table[line + INPUTS], table[line + OUTPUTS]
        source, z, slope = table[line + SOURCE], table[line + TARGET], table[line + SLOPE]
        if source == BLOCK_INPUTS:
            source = x
        a, b = numbers[2 * layer], numbers[2 * layer + 1]
        if code == LINEAR:
            w, bias = table[line + WEIGHTS], table[line + BIAS]
            if D <= FEW:
                from_few_inputs(W, w, bias, V, source, z, D, O, a, S, N)
            elif O == 1:
                to_one_output(W, w, bias, V, source, z, a, D, S, N)
            else:
                linear(W, w, bias, V, source, z, a, D, O, S, N)
        elif code == COPY:
            _copy(V, source, z, O, S, N)
        elif code == DROPOUT:
            if training:
                drop(a, seed, step * layers + layer, first_row, V, z, slope, O, S, N)
        else:
            activate(code - ACTIVATION, a, b, V, z, slope, O, S, N)


@kernel
def backward(
    table: Any, layers: int, first: int, W: Any, G: Any, V: Any, x: int, x_by_rows: int, x_length: int,
    U: Any, u: int, spare: int, S: int, N: int,
) -> None:  # fmt: skip
    """Add a block's gradient to G, from the outputs' gradient at U[u]; layers before the first linear have none."""
    for back in range(layers - first):
        layer = layers - 1 - back
        line = layer * COLUMNS
        D, O = table[line + INPUTS], table[line + OUTPUTS]
        gate, slope = table[line + GATE], table[line + SLOPE]
        if table[line + CODE] != LINEAR:
            if gate == SLOPES:
                multiply(V, slope, U, u, O, S, N)
            continue
        w, bias, source, by_rows = (
            table[line + WEIGHTS],
            table[line + BIAS],
            table[line + SOURCE],
            table[line + BY_ROWS],
        )
        hidden = first * COLUMNS
        few = table[hidden + INPUTS] <= FEW and table[hidden + TARGET] == source
        if O == 1 and few and gate != OPEN and layer - first <= 2:  # nothing but this gate lies between the two
            x_hidden = x if table[hidden + SOURCE] == BLOCK_INPUTS else table[hidden + SOURCE]
            shallow_gradient(
                W, table[hidden + WEIGHTS], table[hidden + BIAS], w, bias, G, U, u, V, x_hidden, source,
                gate == RECTIFIED, slope, D, table[hidden + INPUTS], S, N,
            )  # fmt: skip
            break
        length = (D + WIDTH - 1) // WIDTH * WIDTH
        if source == BLOCK_INPUTS:
            source, by_rows, length = x, x_by_rows, x_length
        elif by_rows >= 0:
            transpose(V, source, S, by_rows, length, D // WIDTH * WIDTH, N)
        weight_gradient(G, w, bias, U, u, V, source, by_rows, length, D, O, S, N)
        if layer > first:
            input_gradient(W, w, U, u, spare, D, O, S, N)
            u, spare = spare, u
            if gate == RECTIFIED:
                close(V, source, U, u, D, S, N)
            elif gate == SLOPES:
                multiply(V, slope, U, u, D, S, N)


@kernel
def _copy(V: Any, source: int, target: int, O: int, S: int, N: int) -> None:
    for o in range(O):
        for n in range(o * S, o * S + N, WIDTH):
            store(V, target + n, load(one(0.0), V, source + n))
