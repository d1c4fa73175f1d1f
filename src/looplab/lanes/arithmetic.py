"""Operations lane by lane besides + - * / and comparisons, on lanes, tensors, arrays and plain numbers alike."""

import math
from typing import Any

import numpy as np
import torch

from looplab.lanes.vectors import Lanes, vector

__all__ = [
    "ONES_PLACE",
    "absolute",
    "at_least",
    "exponent",
    "fraction",
    "power_of_two",
    "splat",
    "sqrt",
    "where",
]

ONES_PLACE = 1.5 * 2.0**23
"""Added to a float32, it pushes what stands behind the point out: the last bits are then the nearest whole number."""


def where(mask: Any, a: Any, b: Any) -> Any:
    """Lane by lane, `a` where the mask is true, else `b`. One of the two is not a plain number, unless the mask is."""
    if isinstance(mask, torch.Tensor):
        return torch.where(mask, a, b)
    if isinstance(mask, Lanes):
        return vector(np.where(mask, np.float32(a), np.float32(b)))
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


# The bits of a float32: its exponent and its fraction.


def power_of_two(shifted: Any) -> Any:
    """2ᵏ in each lane, from `k + ONES_PLACE` for whole k from -126 to 127: its last bits become the exponent."""
    bits = np.asarray(shifted, np.float32).view(np.int32)
    return vector(((bits << 23) + (127 << 23)).view(np.float32))


def exponent(x: Any) -> Any:
    """K in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""
    bits = np.asarray(x, np.float32).view(np.int32)
    return vector(((bits >> 23) - 127).astype(np.float32))


def fraction(x: Any) -> Any:
    """F in each lane, where x = 2ᵏ·f with f from 1 to 2, for normal x above 0."""
    bits = np.asarray(x, np.float32).view(np.int32)
    return vector(((bits & 0x007FFFFF) | 0x3F800000).view(np.float32))
