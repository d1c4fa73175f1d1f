"""Machine code made ready to run by LLVM alone, which loads much faster than numba."""

import ctypes
from collections.abc import Callable
from typing import Any, NamedTuple

from llvmlite import binding

__all__ = ["ENTRY", "MachineCode", "Training", "at_address", "load", "processor"]

ENTRY = "looplab_train_replicas"
"""The name of the function within the machine code."""

Training = Callable[[int, int, int, int, int, int], int]
"""Addresses of the words of `Shape`, `Data`, `Replicas`, `Scratch`; the first replica, the one after the last. Gives 0.
"""

_PROTOTYPE: Any = ctypes.CFUNCTYPE(ctypes.c_int32, *(ctypes.c_int64,) * 6)


class MachineCode(NamedTuple):
    """An object file, and the names that it needs from elsewhere, such as functions of the C library."""

    code: bytes
    needs: tuple[str, ...]


def processor() -> str:
    """Name and features of this processor, as LLVM knows them."""
    return f"{binding.get_process_triple()} {binding.get_host_cpu_name()} {binding.get_host_cpu_features().flatten()}"


def load(machine_code: MachineCode) -> Training | None:
    """The function of the machine code, which releases the GIL; None where this process lacks what the code needs.

    LLVM trusts its object files, and so does this function: hand in only what the compiler wrote.
    """
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    try:
        target = binding.Target.from_triple(binding.get_process_triple())
        engine = binding.create_mcjit_compiler(binding.parse_assembly(""), target.create_target_machine(jit=True))
    except RuntimeError:  # LLVM cannot load code on this system
        return None
    if any(binding.address_of_symbol(name) is None for name in machine_code.needs):  # LLVM would end the process
        return None
    engine.add_object_file(binding.ObjectFileRef.from_data(machine_code.code))
    engine.finalize_object()
    return at_address(engine.get_function_address(ENTRY), engine)


def at_address(address: int, owner: object = None) -> Training:
    """The function that begins at an address; it keeps the owner of that memory alive."""
    function = _PROTOTYPE(address)
    function.owner = owner
    training: Training = function
    return training
