"""What stands in compiled code for the functions of `looplab.lanes.arithmetic` and `across`, each by its name."""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic

from looplab.lanes.arithmetic import BITS
from looplab.lanes.vectors import WIDTH
from looplab.replicas.fused.compiler.vectors import Lanes, llvm_type, place, shuffled

__all__ = [
    "absolute",
    "doubled",
    "exponent",
    "fraction",
    "lane",
    "pairs_added",
    "power_of_two",
    "quarters",
    "sqrt",
    "total",
    "totals_4",
    "totals_8",
    "transpose_16",
]

_INT = ir.IntType(32)

_intrinsic: Any = intrinsic  # in a kernel, an intrinsic does not have the arguments it has here


def _llvm_function(name: str) -> Callable[[Any, Any], Any]:
    def emit(builder: Any, value: Any) -> Any:
        kind = ir.FunctionType(value.type, [value.type])
        number = value.type.element if isinstance(value.type, ir.VectorType) else value.type
        suffix = "f32" if number == ir.FloatType() else "f64"
        suffix = f"v{value.type.count}{suffix}" if isinstance(value.type, ir.VectorType) else suffix
        return builder.call(get_or_insert_function(builder.module, kind, f"llvm.{name}.{suffix}"), [value])

    return emit


def _of_lanes_or_number(name: str, kind: Any) -> Any:
    """LLVM's function of this name, lane by lane, or of one number in float64."""
    emit, kind = _llvm_function(name), kind if isinstance(kind, Lanes) else types.float64
    return kind(kind), lambda context, builder, sig, args: emit(builder, args[0])


def _unary(emit: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    def typing(typingctx: Any, vector: Any) -> Any:
        return vector(vector), lambda context, builder, sig, args: emit(builder, args[0])

    return typing


@_intrinsic
def sqrt(typingctx: Any, vector: Any) -> Any:
    """√x in each lane."""
    return _of_lanes_or_number("sqrt", vector)


@_intrinsic
def absolute(typingctx: Any, vector: Any) -> Any:
    """|x| in each lane."""
    return _of_lanes_or_number("fabs", vector)


def _bits(builder: Any, value: Any, kind: Any) -> tuple[Any, int, int]:
    """A vector as whole numbers, how many bits of each are its fraction, and the exponent of 1."""
    bits = BITS[str(kind.number)]
    whole = ir.VectorType(ir.IntType(kind.number.bitwidth), kind.lanes)
    return builder.bitcast(value, whole), bits.fraction, bits.exponent_of_1


def _each(like: Any, value: int) -> Any:
    """This whole number in each lane."""
    return ir.Constant(like.type, [value] * like.type.count)


@_intrinsic
def power_of_two(typingctx: Any, vector: Any) -> Any:
    """2ᵏ in each lane, from `k + ONES_PLACE` (of the type) for whole k: its last bits become the exponent."""

    def emit(builder: Any, value: Any) -> Any:
        bits, fraction_bits, bias = _bits(builder, value, vector)
        k = builder.shl(bits, _each(bits, fraction_bits))
        return builder.bitcast(builder.add(k, _each(bits, bias << fraction_bits)), value.type)

    return _unary(emit)(typingctx, vector)


@_intrinsic
def exponent(typingctx: Any, vector: Any) -> Any:
    """K in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""

    def emit(builder: Any, value: Any) -> Any:
        bits, fraction_bits, bias = _bits(builder, value, vector)
        biased = builder.lshr(bits, _each(bits, fraction_bits))
        return builder.sitofp(builder.sub(biased, _each(bits, bias)), value.type)

    return _unary(emit)(typingctx, vector)


@_intrinsic
def fraction(typingctx: Any, vector: Any) -> Any:
    """F in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""

    def emit(builder: Any, value: Any) -> Any:
        bits, fraction_bits, bias = _bits(builder, value, vector)
        kept = builder.and_(bits, _each(bits, (1 << fraction_bits) - 1))
        return builder.bitcast(builder.or_(kept, _each(bits, bias << fraction_bits)), value.type)

    return _unary(emit)(typingctx, vector)


# Across lanes.


def _halves(builder: Any, value: Any) -> tuple[Any, Any]:
    half = value.type.count // 2
    return (
        shuffled(builder, value, value, list(range(half))),
        shuffled(builder, value, value, list(range(half, 2 * half))),
    )


@_intrinsic
def total(typingctx: Any, vector: Any) -> Any:
    """The sum of all lanes, added in pairs: lanes 0 and n/2, 1 and n/2 + 1, …, and so on with the sums."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        value = args[0]
        while value.type.count > 1:
            value = builder.fadd(*_halves(builder, value))
        return builder.extract_element(value, ir.Constant(_INT, 0))

    return vector.number(vector), emit


@_intrinsic
def quarters(typingctx: Any, like: Any, vector: Any) -> Any:
    """Four vectors with as many lanes as `like` has: those of `vector`, from the first on, and then zeros."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        zeros = ir.Constant(llvm_type(like), [0.0] * like.lanes)
        lanes = [list(range(i, i + like.lanes)) for i in range(0, vector.lanes, like.lanes)]
        parts = [shuffled(builder, args[1], args[1], some) for some in lanes]
        return context.make_tuple(builder, sig.return_type, (parts + 3 * [zeros])[:4])

    return types.UniTuple(like, 4)(like, vector), emit


def _totals(builder: Any, vectors: list[Any]) -> Any:
    """The sums of all lanes of each vector, side by side.

    As in a tournament, two vectors become one in each round: it holds half as many numbers of each as they held.
    """
    lanes = segment = vectors[0].type.count
    while segment > 1:
        segment //= 2
        both = range(2 * lanes if len(vectors) > 1 else lanes)
        first = [i for i in both if not i & segment]
        second = [i + segment for i in first]
        pairs = zip(vectors[::2], vectors[1::2] or vectors, strict=True)
        vectors = [builder.fadd(shuffled(builder, a, b, first), shuffled(builder, a, b, second)) for a, b in pairs]
        lanes = len(first)
    return vectors[0]


@_intrinsic
def totals_4(typingctx: Any, a: Any, b: Any, c: Any, d: Any) -> Any:
    """A vector of four lanes: the sums of all lanes of a, b, c and d."""
    return Lanes(4, a.number)(a, b, c, d), lambda context, builder, sig, args: _totals(builder, list(args))


@_intrinsic
def totals_8(typingctx: Any, a: Any, b: Any, c: Any, d: Any, e: Any, f: Any, g: Any, h: Any) -> Any:
    """A vector of eight lanes: the sums of all lanes of a to h."""
    return Lanes(8, a.number)(a, b, c, d, e, f, g, h), lambda context, builder, sig, args: _totals(builder, list(args))


@_intrinsic
def pairs_added(typingctx: Any, vector: Any) -> Any:
    """The sums of neighbours in half as many lanes: 0 + 1, 2 + 3, and so on."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        even, odd = (list(range(first, vector.lanes, 2)) for first in (0, 1))
        return builder.fadd(shuffled(builder, args[0], args[0], even), shuffled(builder, args[0], args[0], odd))

    return Lanes(vector.lanes // 2, vector.number)(vector), emit


@_intrinsic
def doubled(typingctx: Any, vector: Any) -> Any:
    """Each lane twice, side by side."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return shuffled(builder, args[0], args[0], [lane for lane in range(vector.lanes) for _ in range(2)])

    return Lanes(2 * vector.lanes, vector.number)(vector), emit


@_intrinsic
def lane(typingctx: Any, vector: Any, index: Any) -> Any:
    """The number in one lane."""

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        return builder.extract_element(*args)

    return vector.number(vector, types.intp), emit


@_intrinsic
def transpose_16(typingctx: Any, source: Any, first: Any, stride: Any, target: Any, begin: Any, width: Any) -> Any:
    """Let target[begin + j·width + i] be source[first + i·stride + j], for i and j from 0 to 15, in registers.

    In each of four rounds, every vector swaps half of what it holds with a partner.
    """

    def emit(context: Any, builder: Any, sig: Any, args: Any) -> Any:
        vector, align = llvm_type(Lanes(WIDTH, source.dtype)), source.dtype.bitwidth // 8

        def row(array: int, i: int) -> Any:
            index = builder.add(args[array + 1], builder.mul(args[array + 2], ir.Constant(args[2].type, i)))
            pointer = place(context, builder, sig.args[array], args[array], index)
            return builder.bitcast(pointer, vector.as_pointer())

        rows = [builder.load(row(0, i), align=align) for i in range(WIDTH)]
        for distance in (8, 4, 2, 1):
            low = [j if not j & distance else WIDTH + j - distance for j in range(WIDTH)]
            high = [j + distance if not j & distance else WIDTH + j for j in range(WIDTH)]
            for i in range(WIDTH):
                if not i & distance:
                    a, b = rows[i], rows[i + distance]
                    rows[i], rows[i + distance] = shuffled(builder, a, b, low), shuffled(builder, a, b, high)
        for i in range(WIDTH):
            builder.store(rows[i], row(3, i), align=align)
        return context.get_dummy_value()

    return types.void(source, types.intp, types.intp, target, types.intp, types.intp), emit
