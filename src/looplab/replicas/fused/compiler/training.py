"""The training loop with all that it calls, compiled."""

from numba.core import types

from looplab.replicas.fused.compiler.functions import Kernels
from looplab.replicas.fused.compiler.parts import compile_here, compile_to_keep
from looplab.replicas.fused.compiler.unpacking import WORDS
from looplab.replicas.fused.kernels.layered import layered_loss, layered_step
from looplab.replicas.fused.kernels.training import train_replicas
from looplab.replicas.fused.machine_code import MachineCode

__all__ = ["training_address", "training_code"]

_LAYERED = (layered_loss, layered_step)
"""Kernels for networks with norms or sums of layers. Others need not wait until they are compiled."""

_SIGNATURE = (WORDS,) * 4 + (types.int64,) * 2


def training_code(layered: bool = False) -> MachineCode:
    """Machine code of the training loop with what is registered now, which other processes can load.

    Args:
        layered: whether it also trains networks with norms or sums of layers.
    """
    code: MachineCode = compile_to_keep(_kernels(layered)[train_replicas], _SIGNATURE)
    return code


def training_address(layered: bool = False) -> int:
    """The same in this process alone: where the function begins."""
    address: int = compile_here(_kernels(layered)[train_replicas], _SIGNATURE)
    return address


def _kernels(layered: bool) -> Kernels:
    return Kernels() if layered else Kernels(left_out=_LAYERED)
