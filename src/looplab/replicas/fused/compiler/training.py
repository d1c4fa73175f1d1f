"""The training loop with all that it calls, compiled."""

from collections.abc import Callable
from typing import Any

from numba.core import types

from looplab.replicas.fused.compiler.functions import Kernels
from looplab.replicas.fused.compiler.parts import compile_here, compile_to_keep
from looplab.replicas.fused.compiler.unpacking import WORDS
from looplab.replicas.fused.kernels.embedding import embed, embed_back, pool, pool_back
from looplab.replicas.fused.kernels.layered import layered_loss, layered_step
from looplab.replicas.fused.kernels.training import train_replicas
from looplab.replicas.fused.machine_code import MachineCode
from looplab.replicas.layers import Extent

__all__ = ["training_address", "training_code"]

_EMBEDDED = (embed, embed_back, pool, pool_back)
_LEFT_OUT: dict[Extent, tuple[Callable[..., Any], ...]] = {
    "plain": (layered_loss, layered_step),
    "layered": _EMBEDDED,
    "embedded": (),
}
"""Kernels that networks of an extent do not need: they need not wait until these are compiled."""

_SIGNATURE = (WORDS,) * 4 + (types.int64,) * 2


def training_code(extent: Extent = "plain", number: str = "float32") -> MachineCode:
    """Machine code of the training loop with what is registered now, which other processes can load.

    Args:
        extent: which networks it trains.
        number: what the data and the networks are, "float32" or "float64".
    """
    code: MachineCode = compile_to_keep(_kernels(extent, number)[train_replicas], _SIGNATURE)
    return code


def training_address(extent: Extent = "plain", number: str = "float32") -> int:
    """The same in this process alone: where the function begins."""
    address: int = compile_here(_kernels(extent, number)[train_replicas], _SIGNATURE)
    return address


def _kernels(extent: Extent, number: str) -> Kernels:
    return Kernels(_LEFT_OUT[extent], number)
