"""The updates, and the clipping of the gradient's norm. Their formulas stand in `looplab.loop.optimizers`, with each.

Letters: W parameters, G their gradient, M what the optimizer remembers of each; P of them, a multiple of 16. Of an
optimizer that remembers several numbers, the P second ones follow the P first.
"""

from collections.abc import Callable
from typing import Any

from looplab.lanes.across import total
from looplab.lanes.arithmetic import sqrt
from looplab.lanes.vectors import WIDTH, load, load_each, one, store, store_each
from looplab.loop.optimizers import Optimizer
from looplab.replicas.fused.arguments import unpacked
from looplab.replicas.fused.kernels.choice import Choice, not_inlined
from looplab.replicas.fusible import optimizers

__all__ = ["clip", "update"]


def clip(G: Any, largest: float, P: int) -> None:
    """Scale the gradient so that its norm is at most `largest`: by largest / (norm + 10⁻⁶), if that is below 1."""
    squares = one(0.0)
    for i in range(0, P, WIDTH):
        g = load(squares, G, i)
        squares += g * g
    factor = largest / (sqrt(total(squares)) + 1e-6)
    if factor >= 1.0:
        return
    for i in range(0, P, WIDTH):
        store(G, i, load(squares, G, i) * factor)


def _on_all_parameters(optimizer: Optimizer) -> Callable[..., Any]:
    """The kernel that takes step t, counted from 1, with the settings of replica r."""
    settings_class, prepare, formula, count = optimizer.settings, optimizer.prepare, optimizer.update, optimizer.moments

    @not_inlined
    def on_all_parameters(memory: Any, settings: Any, r: int, lr: Any, t: Any, P: int) -> None:
        step = prepare(unpacked(settings_class, settings, r), lr, t, memory.carried)  # type: ignore[misc]
        for i in range(0, P, WIDTH):
            w = load(one(0.0), memory.W, i)
            w, moments = formula(w, load(w, memory.G, i), load_each(w, memory.moments, i, P, count), step)  # type: ignore[misc]
            store_each(memory.moments, i, P, moments)
            store(memory.W, i, w)

    return on_all_parameters


update = Choice(lambda: [_on_all_parameters(entry) for entry in optimizers()])
"""One step of the optimizer that stands at a place; then as the kernel of `_on_all_parameters`."""
