"""What stands in compiled code for a choice: one branch on a number, and a call of each kernel."""

from collections.abc import Sequence
from inspect import Parameter, Signature, signature
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

__all__ = ["switch"]

_intrinsic: Any = intrinsic  # in a kernel, an intrinsic does not have the arguments it has here


def switch(kernels: Sequence[Any]) -> Any:
    """What calls the kernel that stands at a place, with the arguments that follow; the last also beyond the end."""
    kinds = [types.Dispatcher(kernel) for kernel in kernels]

    def chosen(typingctx: Any, place: Any, *arguments: Any) -> Any:
        found = [typingctx.resolve_function_type(kind, arguments, {}) for kind in kinds]
        result = found[0].return_type
        assert all(other.return_type == result for other in found), found

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            blocks = [builder.append_basic_block(f"place.{number}") for number in range(len(kinds))]
            after, values = builder.append_basic_block("after"), []
            branch = builder.switch(args[0], blocks[-1])
            for number, (kind, own, block) in enumerate(zip(kinds, found, blocks, strict=True)):
                branch.add_case(ir.Constant(args[0].type, number), block)
                with builder.goto_block(block):
                    given = zip(args[1:], sig.args[1:], own.args, strict=True)
                    call = context.get_function(kind, own)
                    value = call(builder, [context.cast(builder, *argument) for argument in given])
                    values.append((value, builder.block))
                    builder.branch(after)
            builder.position_at_end(after)
            chosen_value = builder.phi(values[0][0].type)
            for value, block in values:
                chosen_value.add_incoming(value, block)
            return chosen_value

        return result(types.int64, *arguments), emit

    names = ["typingctx", "place", *signature(kernels[0].py_func).parameters]
    parameters = [Parameter(name, Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    vars(chosen)["__signature__"] = Signature(parameters)  # numba asks how many arguments there are
    return _intrinsic(chosen)
