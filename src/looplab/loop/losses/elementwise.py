"""Kernels of losses that are a sum over the outputs, each of which has a loss of its own."""

from collections.abc import Callable
from typing import Any

from looplab.lanes.arithmetic import splat, where
from looplab.lanes.vectors import WIDTH, load, one, store

__all__ = ["elementwise"]


def elementwise(loss_and_slope: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """The kernel of such a loss.

    Args:
        loss_and_slope: (z, y) -> the loss of an output z with target y, and its derivative with respect to z.
    """

    def kernel(rows: Any, even: bool) -> Any:
        loss = one(0.0)
        for n in range(0, rows.N, WIDTH):
            part = load(loss, rows.V, rows.share + n)
            summed = splat(loss, 0.0)
            for o in range(rows.O):
                line = o * rows.S + n
                value, slope = loss_and_slope(load(loss, rows.V, rows.z + line), load(loss, rows.V, rows.y + line))
                summed += value
                store(rows.U, rows.u + line, part * slope)
            loss += where(part > 0.0, part * summed, 0.0)
        return loss, one(0.0)

    return kernel
