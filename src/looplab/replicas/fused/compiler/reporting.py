"""What stands in compiled code for `reports.report`: a call of the function at an address."""

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

__all__ = ["report"]

_intrinsic: Any = intrinsic  # in a kernel, an intrinsic does not have the arguments it has here


@_intrinsic
def report(typingctx: Any, address: Any, what: Any, replica: Any, record: Any, first: Any, count: Any) -> Any:
    """Call the function at an address with these numbers. It takes the GIL, which the loop does not hold, by itself."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        kind = ir.FunctionType(ir.VoidType(), [ir.IntType(64)] * 5)
        builder.call(builder.inttoptr(args[0], kind.as_pointer()), args[1:])
        return context.get_dummy_value()

    return types.void(*(types.int64,) * 6), emit
