"""Operations lane by lane besides + - * / and comparisons, on lanes, tensors, arrays and plain numbers alike."""

import math
from typing import Any, NamedTuple

import numpy as np
import torch

from looplab.lanes.vectors import Lanes, number, vector

__all__ = [
    "ONES_PLACE",
    "ONES_PLACE_OF_DOUBLES",
    "absolute",
    "at_least",
    "exponent",
    "fraction",
    "power_of_two",
    "splat",
    "sqrt",
    "where",
]

ONES_PLACE, ONES_PLACE_OF_DOUBLES = 1.5 * 2.0**23, 1.5 * 2.0**52
"""Added to a float32 (or float64), it pushes what stands behind the point out: the last bits are then the nearest whole
number."""


def where(mask: Any, a: Any, b: Any) -> Any:
    """Lane by lane, `a` where the mask is true, else `b`. One of the two is not a plain number, unless the mask is."""
    if isinstance(mask, torch.Tensor):
        return torch.where(mask, a, b)
    if isinstance(mask, Lanes):
        kind = next((x.dtype.type for x in (a, b) if isinstance(x, Lanes)), number(0.0).dtype.type)
        return vector(np.where(mask, kind(a), kind(b)))
    if isinstance(mask, np.ndarray):
        return np.where(mask, a, b)
    return a if mask else b


def splat(like: Any, value: Any) -> Any:
    """What `like` is, a vector of as many lanes or a tensor of its shape, with this number everywhere."""
    if isinstance(like, torch.Tensor):
        return torch.full_like(like, value)
    if isinstance(like, np.ndarray):
        filled = np.full(like.shape, value, like.dtype)
        return vector(filled) if isinstance(like, Lanes) else filled
    return value


def sqrt(x: Any) -> Any:
    """√x in each lane."""
    if isinstance(x, torch.Tensor):
        return x.sqrt()
    return np.sqrt(x) if isinstance(x, np.ndarray | np.generic) else math.sqrt(x)


def absolute(x: Any) -> Any:
    """|x| in each lane."""
    return abs(x)


def at_least(x: Any, least: Any) -> Any:
    """The larger of the two; NaN stays NaN."""
    return where(x < least, least, x)


# The bits of a number: its exponent and its fraction.


class Bits(NamedTuple):
    """How a type of numbers is written: bits of the fraction, the exponent of 1, and the whole number as long."""

    fraction: int
    exponent_of_1: int
    whole: Any


BITS = {"float32": Bits(23, 127, np.int32), "float64": Bits(52, 1023, np.int64)}


def power_of_two(shifted: Any) -> Any:
    """2ᵏ in each lane, from `k + ONES_PLACE` (of the type) for whole k: its last bits become the exponent.

    K is from -126 to 127 in float32, from -1022 to 1023 in float64.
    """
    numbers, bits = _bits(shifted)
    ones = numbers.view(bits.whole)
    return vector(((ones << bits.fraction) + (bits.exponent_of_1 << bits.fraction)).view(numbers.dtype))


def exponent(x: Any) -> Any:
    """K in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""
    numbers, bits = _bits(x)
    return vector(((numbers.view(bits.whole) >> bits.fraction) - bits.exponent_of_1).astype(numbers.dtype))


def fraction(x: Any) -> Any:
    """F in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""
    numbers, bits = _bits(x)
    kept = numbers.view(bits.whole) & ((1 << bits.fraction) - 1)
    return vector((kept | (bits.exponent_of_1 << bits.fraction)).view(numbers.dtype))


def _bits(x: Any) -> tuple[Any, Bits]:
    numbers = np.asarray(x) if isinstance(x, np.ndarray | np.float64) else np.asarray(x, np.float32)
    return numbers, BITS[numbers.dtype.name]
