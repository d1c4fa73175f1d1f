"""What stands in compiled code for the functions of `looplab.lanes.vectors`, each by its name.

Nothing here checks bounds. Arithmetic follows IEEE 754 (NaN and infinity included), except that a product and the sum
it goes into may be rounded once instead of twice.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import binding, ir
from numba import config
from numba.core import types
from numba.core.datamodel import models
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

from looplab.lanes.vectors import WIDTH

__all__ = [
    "WIDE",
    "Lanes",
    "at",
    "lanes_of",
    "llvm_type",
    "load",
    "load_each",
    "place",
    "put",
    "shuffled",
    "splat",
    "store",
    "store_each",
    "typed",
    "where",
]  # fmt: skip

_CONFIG: Any = config
_AS_IT_IS = _CONFIG.CPU_NAME is None and _CONFIG.CPU_FEATURES is None  # numba compiles for this very processor
WIDE = 64 if _AS_IT_IS and binding.get_host_cpu_features().get("avx512f") else WIDTH
"""Lanes of a wide vector of float32: four registers where there are 32 of 16 lanes each, else an ordinary vector."""

_INT = ir.IntType(32)

_intrinsic: Any = intrinsic  # in a kernel, an intrinsic does not have the arguments it has here


class Lanes(types.Type):
    """The numba type of a vector of numbers, of type float32 or float64."""

    def __init__(self, lanes: int, number: Any) -> None:
        self.lanes, self.number = lanes, number
        super().__init__(name=f"{number}x{lanes}")


class Mask(types.Type):
    """The numba type of a vector of booleans, for a choice between numbers of a type."""

    def __init__(self, lanes: int, number: Any) -> None:
        self.lanes, self.number = lanes, number
        super().__init__(name=f"mask{lanes} of {number}")


def llvm_type(kind: Any) -> Any:
    """LLVM's type of such vectors, or of a number."""
    number = ir.FloatType() if getattr(kind, "number", kind) == types.float32 else ir.DoubleType()
    return ir.VectorType(number, kind.lanes) if isinstance(kind, Lanes | Mask) else number


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, llvm_type(kind))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Mask) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), kind.lanes))


def shuffled(builder: Any, a: Any, b: Any, pattern: list[int]) -> Any:
    """LLVM's vector of the chosen lanes of a and, counted on, b."""
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_INT, len(pattern)), pattern))


def _splat(builder: Any, value: Any, vector: Any) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(_INT, 0))
    return shuffled(builder, first, ir.Constant(vector, ir.Undefined), [0] * vector.count)


def _as_lanes(context: Any, builder: Any, value: Any, kind: types.Type, like: Any) -> Any:
    """A number, or a vector, as a vector like another."""
    if isinstance(kind, Lanes):
        return value
    return _splat(builder, context.cast(builder, value, kind, like.number), llvm_type(like))


# Operators: Lanes with Lanes, or with a plain number.


def _register(operators: tuple[Any, ...], result: Callable[..., Any], emit: Callable[[Any, Any, Any], Any]) -> None:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        like = next(kind for kind in sig.args if isinstance(kind, Lanes))
        a, b = (_as_lanes(context, builder, v, k, like) for v, k in zip(args, sig.args, strict=True))
        return emit(builder, a, b)

    for function in operators:

        @infer_global(function)
        class _Typing(AbstractTemplate):
            def generic(self, args: Any, kws: Any) -> Any:
                kinds = {kind for kind in args if isinstance(kind, Lanes)}
                if len(args) == 2 and len(kinds) == 1 and all(isinstance(k, Lanes | types.Number) for k in args):
                    (like,) = kinds
                    return signature(result(like.lanes, like.number), *args)
                return None

        for pair in ((Lanes, Lanes), (Lanes, types.Number), (types.Number, Lanes)):
            lower_builtin(function, *pair)(lower)


_CONTRACT = ("contract",)
_register((operator.add, operator.iadd), Lanes, lambda llvm, a, b: llvm.fadd(a, b, flags=_CONTRACT))
_register((operator.sub, operator.isub), Lanes, lambda llvm, a, b: llvm.fsub(a, b, flags=_CONTRACT))
_register((operator.mul, operator.imul), Lanes, lambda llvm, a, b: llvm.fmul(a, b, flags=_CONTRACT))
_register((operator.truediv, operator.itruediv), Lanes, lambda llvm, a, b: llvm.fdiv(a, b))
_register((operator.gt,), Mask, lambda llvm, a, b: llvm.fcmp_ordered(">", a, b))
_register((operator.ge,), Mask, lambda llvm, a, b: llvm.fcmp_ordered(">=", a, b))
_register((operator.lt,), Mask, lambda llvm, a, b: llvm.fcmp_ordered("<", a, b))
_register((operator.le,), Mask, lambda llvm, a, b: llvm.fcmp_ordered("<=", a, b))
_register((operator.eq,), Mask, lambda llvm, a, b: llvm.fcmp_ordered("==", a, b))


@_intrinsic
def where(typingctx: Any, mask: Any, a: Any, b: Any) -> Any:
    """Lane by lane, `a` where the mask is true, else `b`; of plain numbers the one or the other."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        chosen = (_as_lanes(context, builder, v, k, mask) for v, k in zip(args[1:], sig.args[1:], strict=True))
        return builder.select(args[0], *chosen)

    def emit_number(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.select(args[0], *args[1:])

    if isinstance(mask, Mask):
        return Lanes(mask.lanes, mask.number)(mask, a, b), emit
    return types.float64(types.boolean, types.float64, types.float64), emit_number


@_intrinsic
def lanes_of(typingctx: Any, like: Any) -> Any:
    """How many lanes a vector has."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.get_constant(types.intp, like.lanes)

    return types.intp(like), emit


# Memory.


def place(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """LLVM's pointer to array[index]."""
    if isinstance(array_type, types.Array):
        array = context.make_array(array_type)(context, builder, array).data
    return builder.gep(array, [index])


def typed(number: Any) -> dict[str, Any]:
    """What stands for `one`, `wide` and `number`, where the data have this type, float32 or float64."""

    def filled(value: Any, like: Any) -> Any:
        def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
            return _as_lanes(context, builder, args[0], sig.args[0], like)

        return like(value), emit

    @_intrinsic
    def one(typingctx: Any, value: Any) -> Any:
        """A vector of 16 lanes, each this number."""
        return filled(value, Lanes(WIDTH, number))

    @_intrinsic
    def wide(typingctx: Any, value: Any) -> Any:
        """A vector of as many registers, each lane this number: of float64 half as many lanes."""
        return filled(value, Lanes(max(WIDTH, WIDE * 32 // number.bitwidth), number))

    def emit_number(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.cast(builder, args[0], sig.args[0], number)

    @_intrinsic
    def plain(typingctx: Any, value: Any) -> Any:
        """A plain number of the type."""
        return number(value), emit_number

    return {"one": one, "wide": wide, "number": plain}


@_intrinsic
def splat(typingctx: Any, like: Any, value: Any) -> Any:
    """A vector with as many lanes as `like`, all of them this number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_lanes(context, builder, args[1], sig.args[1], like)

    return like(like, value), emit


@_intrinsic
def at(typingctx: Any, array: Any, index: Any) -> Any:
    """The number array[index], for an index that is not negative."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(place(context, builder, sig.args[0], *args))

    return array.dtype(array, types.intp), emit


@_intrinsic
def put(typingctx: Any, array: Any, index: Any, value: Any) -> Any:
    """Let array[index] be this number, for an index that is not negative."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], place(context, builder, sig.args[0], *args[:2]))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), emit


def _vector_at(context: Any, builder: Any, kind: Any, array: Any, index: Any, like: Any) -> Any:
    """LLVM's pointer to a vector like another that begins at array[index]."""
    pointer = place(context, builder, kind, array, index)
    return builder.bitcast(pointer, llvm_type(like).as_pointer())


def _bytes(like: Any) -> int:
    """Of a number: where vectors may begin."""
    return int(like.number.bitwidth) // 8


@_intrinsic
def load(typingctx: Any, like: Any, array: Any, index: Any) -> Any:
    """The vector of array[index], array[index + 1], … with as many lanes as `like`."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(_vector_at(context, builder, sig.args[1], args[1], args[2], like), align=_bytes(like))

    return like(like, array, types.intp), emit


@_intrinsic
def store(typingctx: Any, array: Any, index: Any, vector: Any) -> Any:
    """Let array[index], array[index + 1], … be the vector's lanes."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        there = _vector_at(context, builder, sig.args[0], args[0], args[1], vector)
        builder.store(args[2], there, align=_bytes(vector))
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), emit


@_intrinsic
def load_each(typingctx: Any, like: Any, array: Any, index: Any, distance: Any, count: Any) -> Any:
    """The given number of vectors, as a tuple: from `index` on, `index + distance`, and so on."""
    if not isinstance(count, types.IntegerLiteral):
        return None

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        index, vectors = args[2], []
        for _ in range(count.literal_value):
            there = _vector_at(context, builder, sig.args[1], args[1], index, like)
            vectors.append(builder.load(there, align=_bytes(like)))
            index = builder.add(index, args[3])
        return context.make_tuple(builder, sig.return_type, vectors)

    return types.UniTuple(like, count.literal_value)(like, array, types.intp, types.intp, count), emit


@_intrinsic
def store_each(typingctx: Any, array: Any, index: Any, distance: Any, vectors: Any) -> Any:
    """Put the vectors of a tuple to `index`, `index + distance`, and so on."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        index = args[1]
        for each in range(len(vectors)):
            there = _vector_at(context, builder, sig.args[0], args[0], index, vectors.types[each])
            builder.store(builder.extract_value(args[3], each), there, align=_bytes(vectors.types[each]))
            index = builder.add(index, args[2])
        return context.get_dummy_value()

    return types.void(array, types.intp, types.intp, vectors), emit
