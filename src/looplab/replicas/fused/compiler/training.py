"""The training loop with all that it calls, compiled."""

from typing import Any

from numba.core import types

from looplab.replicas.fused.compiler.functions import Kernels
from looplab.replicas.fused.compiler.parts import compile_here, compile_to_keep
from looplab.replicas.fused.compiler.unpacking import WORDS
from looplab.replicas.fused.kernels.training import train_replicas
from looplab.replicas.fused.machine import MachineCode

__all__ = ["training_address", "training_code"]

_SIGNATURE = (WORDS,) * 4 + (types.int64,) * 2


def training_code() -> MachineCode:
    """Machine code of the training loop with what is registered now, which other processes can load."""
    kernel: Any = Kernels()[train_replicas]
    return compile_to_keep(kernel, _SIGNATURE)


def training_address() -> int:
    """The same in this process alone: where the function begins."""
    kernel: Any = Kernels()[train_replicas]
    return compile_here(kernel, _SIGNATURE)
