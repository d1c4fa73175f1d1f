"""The loss of a block of rows: its formulas stand in `looplab.loop.losses`, each with its loss."""

from looplab.replicas.fused.kernels.choice import Choice, inlined
from looplab.replicas.fusible import losses

__all__ = ["loss_and_gradient", "number_of_loss"]

loss_and_gradient = Choice(lambda: [inlined(entry.kernel) for entry in losses() if entry.kernel is not None])
"""Two vectors that the loss is made of, by (place, rows, even): see `looplab.loop.losses.Loss.kernel`."""

number_of_loss = Choice(lambda: [entry.number for entry in losses()])
"""The loss as one number, by (place, rows, even, and the two vectors)."""
