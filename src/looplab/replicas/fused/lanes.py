"""Vectors of float32: what a processor computes with one instruction, as numbers that kernels can add and multiply.

`load(like, a, i)` takes as many neighbours a[i], a[i+1], … as `like` has lanes; `store` puts them back. Operators work
lane by lane, comparisons give a mask for `where`, a plain number counts for every lane. `one` has 16 lanes and `four`
has 64, four registers' worth where registers are widest, which hides how long each addition takes.

Nothing here checks bounds. Arithmetic follows IEEE 754 (NaN and infinity included), except that a product and the sum
it goes into may be rounded once instead of twice.
"""

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.core.datamodel import models
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, register_model

__all__ = [
    "WIDTH", "absolute", "at", "exponent", "four", "fraction", "load", "one", "pointer", "power_of_two", "put", "round_even",
    "splat", "square_root", "store", "total", "transpose_16", "where",
]  # fmt: skip

WIDTH = 16

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)


class Lanes(types.Type):
    """The numba type of so many float32 numbers."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(name=f"float32x{lanes}")


class Mask(types.Type):
    """The numba type of so many truth values."""

    def __init__(self, lanes: int) -> None:
        self.lanes = lanes
        super().__init__(name=f"mask{lanes}")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, ir.VectorType(_FLOAT, kind.lanes))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: Mask) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.IntType(1), kind.lanes))


def _shuffle(builder: Any, a: Any, b: Any, pattern: list[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(_INT, len(pattern)), pattern))


def _splat(builder: Any, value: Any, lanes: int) -> Any:
    vector = ir.VectorType(_FLOAT, lanes)
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.Constant(_INT, 0))
    return _shuffle(builder, first, ir.Constant(vector, ir.Undefined), [0] * lanes)


def _as_lanes(context: Any, builder: Any, value: Any, kind: types.Type, lanes: int) -> Any:
    if isinstance(kind, Lanes):
        return value
    return _splat(builder, context.cast(builder, value, kind, types.float32), lanes)


# Operators: Lanes with Lanes, or with a plain number.


def _register(operators: tuple[Any, ...], result: type[types.Type], emit: Callable[[Any, Any, Any], Any]) -> None:
    def lower(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        lanes = next(kind.lanes for kind in sig.args if isinstance(kind, Lanes))
        a, b = (_as_lanes(context, builder, v, k, lanes) for v, k in zip(args, sig.args, strict=True))
        return emit(builder, a, b)

    for function in operators:

        @infer_global(function)
        class _Typing(AbstractTemplate):
            def generic(self, args: Any, kws: Any) -> Any:
                lanes = {kind.lanes for kind in args if isinstance(kind, Lanes)}
                if len(args) == 2 and len(lanes) == 1 and all(isinstance(k, Lanes | types.Number) for k in args):
                    return signature(result(*lanes), *args)
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


@intrinsic
def where(typingctx: Any, mask: Any, a: Any, b: Any) -> Any:
    """Lane by lane, `a` where the mask is true, else `b`."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        chosen = (_as_lanes(context, builder, v, k, mask.lanes) for v, k in zip(args[1:], sig.args[1:], strict=True))
        return builder.select(args[0], *chosen)

    return Lanes(mask.lanes)(mask, a, b), emit


# Memory.


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    if isinstance(array_type, types.Array):
        array = context.make_array(array_type)(context, builder, array).data
    return builder.gep(array, [index])


@intrinsic
def pointer(typingctx: Any, array: Any) -> Any:
    """Where a contiguous array begins: all that a kernel needs of it, and cheaper to hand on."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return context.make_array(sig.args[0])(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), emit


@intrinsic
def one(typingctx: Any, value: Any) -> Any:
    """A vector of 16 lanes that are all this number."""
    return _filled(value, 16)


@intrinsic
def four(typingctx: Any, value: Any) -> Any:
    """A vector of 64 lanes that are all this number."""
    return _filled(value, 64)


def _filled(value: Any, lanes: int) -> Any:
    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_lanes(context, builder, args[0], sig.args[0], lanes)

    return Lanes(lanes)(value), emit


@intrinsic
def splat(typingctx: Any, like: Any, value: Any) -> Any:
    """A vector with as many lanes as `like`, all of them this number."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return _as_lanes(context, builder, args[1], sig.args[1], like.lanes)

    return like(like, value), emit


@intrinsic
def at(typingctx: Any, array: Any, index: Any) -> Any:
    """The number array[index], for an index that is not negative."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.load(_pointer(context, builder, sig.args[0], *args))

    return array.dtype(array, types.intp), emit


@intrinsic
def put(typingctx: Any, array: Any, index: Any, value: Any) -> Any:
    """Let array[index] be this number, for an index that is not negative."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        builder.store(args[2], _pointer(context, builder, sig.args[0], *args[:2]))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), emit


@intrinsic
def load(typingctx: Any, like: Any, array: Any, index: Any) -> Any:
    """The vector of array[index], array[index + 1], … with as many lanes as `like`."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, sig.args[1], *args[1:])
        vector = ir.VectorType(_FLOAT, like.lanes)
        return builder.load(builder.bitcast(pointer, vector.as_pointer()), align=4)

    return like(like, array, types.intp), emit


@intrinsic
def store(typingctx: Any, array: Any, index: Any, vector: Any) -> Any:
    """Let array[index], array[index + 1], … be the vector's lanes."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        pointer = _pointer(context, builder, sig.args[0], *args[:2])
        builder.store(args[2], builder.bitcast(pointer, args[2].type.as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(array, types.intp, vector), emit


# Functions that have an instruction of their own.


def _llvm_function(name: str) -> Callable[[Any, Any], Any]:
    def emit(builder: Any, value: Any) -> Any:
        kind = ir.FunctionType(value.type, [value.type])
        function = get_or_insert_function(builder.module, kind, f"llvm.{name}.v{value.type.count}f32")
        return builder.call(function, [value])

    return emit


def _unary(emit: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def typing(typingctx: Any, vector: Any) -> Any:
        return vector(vector), lambda context, builder, sig, args: emit(builder, args[0])

    return typing


@intrinsic
def square_root(typingctx: Any, vector: Any) -> Any:
    """√x in each lane."""
    return _unary(_llvm_function("sqrt"))(typingctx, vector)


@intrinsic
def absolute(typingctx: Any, vector: Any) -> Any:
    """|x| in each lane."""
    return _unary(_llvm_function("fabs"))(typingctx, vector)


@intrinsic
def round_even(typingctx: Any, vector: Any) -> Any:
    """The nearest whole number in each lane."""
    return _unary(_llvm_function("rint"))(typingctx, vector)


@intrinsic
def power_of_two(typingctx: Any, vector: Any) -> Any:
    """2ᵏ in each lane, for whole k from -126 to 127: k moved into the exponent's bits of a float32."""

    def emit(builder: Any, value: Any) -> Any:
        whole = builder.fptosi(value, ir.VectorType(_INT, value.type.count))
        biased = builder.add(whole, ir.Constant(whole.type, [127] * value.type.count))
        return builder.bitcast(builder.shl(biased, ir.Constant(whole.type, [23] * value.type.count)), value.type)

    return _unary(emit)(typingctx, vector)


@intrinsic
def exponent(typingctx: Any, vector: Any) -> Any:
    """k in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""

    def emit(builder: Any, value: Any) -> Any:
        bits = builder.bitcast(value, ir.VectorType(_INT, value.type.count))
        biased = builder.lshr(bits, ir.Constant(bits.type, [23] * value.type.count))
        return builder.sitofp(builder.sub(biased, ir.Constant(bits.type, [127] * value.type.count)), value.type)

    return _unary(emit)(typingctx, vector)


@intrinsic
def fraction(typingctx: Any, vector: Any) -> Any:
    """f in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""

    def emit(builder: Any, value: Any) -> Any:
        bits = builder.bitcast(value, ir.VectorType(_INT, value.type.count))
        kept = builder.and_(bits, ir.Constant(bits.type, [0x007FFFFF] * value.type.count))
        return builder.bitcast(builder.or_(kept, ir.Constant(bits.type, [0x3F800000] * value.type.count)), value.type)

    return _unary(emit)(typingctx, vector)


# Across lanes.


def _halves(builder: Any, value: Any) -> tuple[Any, Any]:
    half = value.type.count // 2
    return (
        _shuffle(builder, value, value, list(range(half))),
        _shuffle(builder, value, value, list(range(half, 2 * half))),
    )


@intrinsic
def total(typingctx: Any, vector: Any) -> Any:
    """The sum of all lanes, added in pairs: lanes 0 and n/2, 1 and n/2 + 1, …, and so on with the sums."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = args[0]
        while value.type.count > 1:
            value = builder.fadd(*_halves(builder, value))
        return builder.extract_element(value, ir.Constant(_INT, 0))

    return types.float32(vector), emit


@intrinsic
def transpose_16(typingctx: Any, source: Any, first: Any, stride: Any, target: Any, begin: Any, width: Any) -> Any:
    """Let target[begin + j·width + i] be source[first + i·stride + j], for i and j from 0 to 15, in registers.

    In each of four rounds, every vector swaps half of what it holds with a partner.
    """

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector = ir.VectorType(_FLOAT, WIDTH)

        def row(array: int, i: int) -> Any:
            index = builder.add(args[array + 1], builder.mul(args[array + 2], ir.Constant(args[2].type, i)))
            pointer = _pointer(context, builder, sig.args[array], args[array], index)
            return builder.bitcast(pointer, vector.as_pointer())

        rows = [builder.load(row(0, i), align=4) for i in range(WIDTH)]
        for distance in (8, 4, 2, 1):
            low = [j if not j & distance else WIDTH + j - distance for j in range(WIDTH)]
            high = [j + distance if not j & distance else WIDTH + j for j in range(WIDTH)]
            for i in range(WIDTH):
                if not i & distance:
                    a, b = rows[i], rows[i + distance]
                    rows[i], rows[i + distance] = _shuffle(builder, a, b, low), _shuffle(builder, a, b, high)
        for i in range(WIDTH):
            builder.store(rows[i], row(3, i), align=4)
        return context.get_dummy_value()

    return types.void(source, types.intp, types.intp, target, types.intp, types.intp), emit
