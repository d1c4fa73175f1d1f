"""Activations on many rows: their formulas stand in `looplab.models.activations`, each with its activation.

Every matrix here has O rows, one a unit, and N columns, one a row of the batch, a multiple of 16 and side by side.
"""
# ruff: noqa: E741 - O is the mathematics' name

from collections.abc import Callable
from typing import Any

from looplab.lanes.arithmetic import where
from looplab.lanes.vectors import WIDTH, load, one, store
from looplab.replicas.fused.kernels.choice import Choice, not_inlined
from looplab.replicas.fusible import activations

__all__ = ["activate", "close", "multiply"]


def _on_rows(formula: Any, settings: int) -> Callable[..., Any]:
    """The kernel that sets Z = σ(Z) and the slopes to σ'(Z)."""

    @not_inlined
    def on_rows(a: float, b: float, Z: Any, slopes: Any, O: int, N: int) -> None:
        for o in range(O):
            z, s = Z.begin + o * Z.row, slopes.begin + o * slopes.row
            for n in range(0, N, WIDTH):
                value, slope = formula(load(one(0.0), Z.numbers, z + n), *(a, b)[:settings])
                store(Z.numbers, z + n, value)
                store(slopes.numbers, s + n, slope)

    return on_rows


activate = Choice(lambda: [_on_rows(entry.kernel, len(entry.settings)) for entry in activations()])
"""Apply the activation that stands at a place; then as the kernel of `_on_rows`."""


def multiply(U: Any, slopes: Any, O: int, N: int) -> None:
    """U *= slopes: the gradient on its way back through an activation or dropout."""
    for o in range(O):
        u, s = U.begin + o * U.row, slopes.begin + o * slopes.row
        for n in range(0, N, WIDTH):
            gradient = load(one(0.0), U.numbers, u + n)
            store(U.numbers, u + n, gradient * load(gradient, slopes.numbers, s + n))


def close(U: Any, Z: Any, O: int, N: int) -> None:
    """U = 0 where Z is: the gradient on its way back through a ReLU whose values are Z."""
    for o in range(O):
        u, z = U.begin + o * U.row, Z.begin + o * Z.row
        for n in range(0, N, WIDTH):
            gradient = load(one(0.0), U.numbers, u + n)
            store(U.numbers, u + n, where(load(gradient, Z.numbers, z + n) > 0.0, gradient, 0.0))
