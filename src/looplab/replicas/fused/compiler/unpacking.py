"""What stands in compiled code for `arguments.unpacked`: groups of arguments, read back from their words."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic
from numba.np.numpy_support import from_dtype

from looplab.replicas.fused.arguments import NUMBERS, count_words, field_kinds
from looplab.replicas.fused.compiler.vectors import place

__all__ = ["WORDS", "typed"]

WORDS = types.CPointer(types.int64)
"""The numba type of the words of a group."""

_INT = ir.IntType(64)

_intrinsic: Any = intrinsic  # in a kernel, an intrinsic does not have the arguments it has here


def typed(number: Any) -> dict[str, Any]:
    """What stands for `unpacked`, where the data have this type, float32 or float64."""

    @_intrinsic
    def unpacked(typingctx: Any, group: Any, words: Any, index: Any) -> Any:
        """The group of this class that the words hold at an index, with a pointer for each array."""
        result = _type_of(group.instance_class, number)
        length = ir.Constant(_INT, count_words(group.instance_class))

        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            begin = place(context, builder, sig.args[1], args[1], builder.mul(args[2], length))
            read = (builder.load(builder.gep(begin, [ir.Constant(_INT, word)])) for word in count())
            return _group(context, builder, result, read)

        return result(group, words, types.int64), emit

    return {"unpacked": unpacked}


def _type_of(kind: Any, number: Any) -> Any:
    """The numba type of a field, or of a whole group."""
    if kind is NUMBERS:
        return types.CPointer(number)
    if kind is int:
        return types.int64
    if kind is bool:
        return types.boolean
    if kind is float:
        return types.float64
    if issubclass(kind, tuple):
        return types.NamedTuple([_type_of(field, number) for field in field_kinds(kind)], kind)
    return types.CPointer(from_dtype(np.dtype(kind)))


def _group(context: Any, builder: Any, kind: Any, words: Iterator[Any]) -> Any:
    if isinstance(kind, types.NamedTuple):
        return context.make_tuple(builder, kind, [_group(context, builder, field, words) for field in kind.types])
    word = next(words)
    if isinstance(kind, types.CPointer):
        return builder.inttoptr(word, context.get_value_type(kind))
    if kind == types.float64:
        return builder.bitcast(word, ir.DoubleType())
    return context.cast(builder, word, types.int64, kind)
