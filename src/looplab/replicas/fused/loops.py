"""The training loop for one thread: machine code, or Python for stepping through it."""

import os
from collections.abc import Callable

import numpy as np

from looplab.lanes.vectors import numbers_of
from looplab.replicas.fused.arguments import Data, Replicas, Scratch, Shape, packed
from looplab.replicas.fused.machine_code import Training

__all__ = ["DEBUG_VARIABLE", "Loop", "compiled_loop", "in_python", "python_loop"]

DEBUG_VARIABLE = "LOOPLAB_DEBUG_KERNELS"
"""The environment variable that, set to 1, makes kernels run as Python, in the calling thread."""

Loop = Callable[[int, int], None]
"""Trains the replicas from the first number to before the second."""


def in_python() -> bool:
    """Whether kernels are to run as Python."""
    return os.environ.get(DEBUG_VARIABLE, "0") not in ("", "0")


def compiled_loop(train: Training, shape: Shape, data: Data, replicas: Replicas, scratch: Scratch) -> Loop:
    """The machine code with these arguments, which must outlive it."""
    number = data.inputs.dtype
    words = [packed(group, number) for group in (shape, data, replicas, scratch)]

    def loop(start: int, stop: int) -> None:
        first, second, third, fourth = (group.ctypes.data for group in words)
        failure = train(first, second, third, fourth, start, stop)
        assert failure == 0, failure

    return loop


def python_loop(shape: Shape, data: Data, replicas: Replicas, scratch: Scratch) -> Loop:
    """The same in Python; a breakpoint anywhere in `looplab.replicas.fused.kernels` works."""
    from looplab.replicas.fused.kernels.training import train_replicas

    def loop(start: int, stop: int) -> None:
        # Integers wrap around in hashes; a loss may become infinite.
        with np.errstate(all="ignore"), numbers_of(data.inputs.dtype):
            train_replicas(shape, data, replicas, scratch, start, stop)

    return loop
