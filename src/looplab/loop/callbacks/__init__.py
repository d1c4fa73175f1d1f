"""Callbacks: what looks at a training between its steps, one file each."""

from looplab.loop.callbacks.callback import Callback
from looplab.loop.callbacks.tensorboard import TensorBoard
from looplab.loop.callbacks.watch import Watch, checked_callbacks

__all__ = ["Callback", "TensorBoard", "Watch", "checked_callbacks"]
