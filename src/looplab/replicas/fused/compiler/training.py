"""The training loop with all that it calls, compiled."""

from numba.core import types

from looplab.replicas.fused.compiler.functions import Kernels
from looplab.replicas.fused.compiler.parts import compile_here, compile_to_keep
from looplab.replicas.fused.compiler.unpacking import WORDS
from looplab.replicas.fused.kernels.training import train_replicas
from looplab.replicas.fused.machine_code import MachineCode

__all__ = ["training_address", "training_code"]

_SIGNATURE = (WORDS,) * 4 + (types.int64,) * 2


def training_code() -> MachineCode:
    """Machine code of the training loop with what is registered now, which other processes can load."""
    code: MachineCode = compile_to_keep(Kernels()[train_replicas], _SIGNATURE)
    return code


def training_address() -> int:
    """The same in this process alone: where the function begins."""
    address: int = compile_here(Kernels()[train_replicas], _SIGNATURE)
    return address
