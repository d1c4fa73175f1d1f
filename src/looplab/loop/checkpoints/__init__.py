"""Checkpoints: a training saved whole, and taken up again to the bit."""

from looplab.loop.checkpoints.checkpoint import Checkpoint

__all__ = ["Checkpoint"]
