"""Forward through all layers and back, over a table that says what the layers are and where their numbers lie."""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

from looplab.replicas.fused.activations import activate, multiply
from looplab.replicas.fused.codes import (
    ACTIVATION,
    BIAS,
    BLOCK_INPUTS,
    BY_ROWS,
    CODE,
    COLUMNS,
    COPY,
    DROPOUT,
    INPUTS,
    LINEAR,
    OUTPUTS,
    SLOPE,
    SOURCE,
    TARGET,
    WEIGHTS,
)
from looplab.replicas.fused.dropout import drop
from looplab.replicas.fused.kernel import kernel
from looplab.replicas.fused.lanes import WIDTH, load, one, store
from looplab.replicas.fused.linear import input_gradient, linear, transpose, weight_gradient

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
            linear(W, table[line + WEIGHTS], table[line + BIAS], V, source, z, D, O, S, N)
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
        code, D, O = table[line + CODE], table[line + INPUTS], table[line + OUTPUTS]
        w, bias, source, by_rows = (
            table[line + WEIGHTS],
            table[line + BIAS],
            table[line + SOURCE],
            table[line + BY_ROWS],
        )
        if code != LINEAR:
            multiply(V, table[line + SLOPE], U, u, O, S, N)
            continue
        length = (D + WIDTH - 1) // WIDTH * WIDTH
        if source == BLOCK_INPUTS:
            source, by_rows, length = x, x_by_rows, x_length
        elif by_rows >= 0:
            transpose(V, source, S, by_rows, length, D // WIDTH * WIDTH, N)
        weight_gradient(G, w, bias, U, u, V, source, by_rows, length, D, O, S, N)
        if layer > first:
            input_gradient(W, w, U, u, spare, D, O, S, N)
            u, spare = spare, u


@kernel
def _copy(V: Any, source: int, target: int, O: int, S: int, N: int) -> None:
    for o in range(O):
        for n in range(o * S, o * S + N, WIDTH):
            store(V, target + n, load(one(0.0), V, source + n))
