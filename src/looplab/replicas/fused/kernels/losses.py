"""The loss of a block of rows: its formulas stand in `looplab.loop.losses`, each with its loss."""

from collections.abc import Callable
from typing import Any

from looplab.loop.losses import Loss
from looplab.replicas.fused.kernels.choice import Choice, inlined, not_inlined
from looplab.replicas.fusible import losses

__all__ = ["loss_and_gradient", "number_of_loss"]


def _kernel(entry: Loss) -> Callable[..., Any]:
    """A task's own loss is a part of the step of a small network; others would make compiling longer."""
    assert entry.kernel is not None
    return inlined(entry.kernel) if entry.of_task else not_inlined(entry.kernel)


loss_and_gradient = Choice(lambda: [_kernel(entry) for entry in losses()])
"""Two vectors that the loss is made of, by (place, rows, even): see `looplab.loop.losses.Loss.kernel`."""

number_of_loss = Choice(lambda: [entry.number for entry in losses()])
"""The loss as one number, by (place, rows, even, and the two vectors)."""
