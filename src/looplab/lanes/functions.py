"""Elementary functions on lanes, as polynomials: a call into the C library would compute one lane at a time.

On tensors each is torch's own function, on lanes of float64 that of the same name in `precise`. The coefficients here
are least-maximum fits of the relative error, rounded to float32. Measured errors stand in the tests.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from looplab.lanes import precise
from looplab.lanes.arithmetic import ONES_PLACE, absolute, exponent, fraction, power_of_two, where

__all__ = [
    "Elementary", "erf", "exp", "exp_negative", "expm1_negative", "log", "log1p", "log1p_unit", "sigmoid", "tanh"
]  # fmt: skip

_LOG2_E = 1.44269504089
_LN2_HIGH, _LN2_LOW = 0.693359375, -2.12194440e-4  # ln 2 in two parts, the first with few digits


class Elementary:
    """A function that torch has for tensors, and we for lanes.

    Attributes:
        on_lanes: the polynomial for float32, which the compiler compiles.
        on_doubles: that for float64; the same where the formula names other elementary functions alone.
    """

    def __init__(
        self, on_tensors: Callable[[Any], Any], on_doubles: Callable[[Any], Any] | None, on_lanes: Callable[[Any], Any]
    ) -> None:
        self._on_tensors, self.on_lanes, self.on_doubles = on_tensors, on_lanes, on_doubles or on_lanes
        functools.update_wrapper(self, on_lanes)

    def __call__(self, x: Any) -> Any:
        """The function of a tensor, or of lanes."""
        if isinstance(x, torch.Tensor):
            return self._on_tensors(x)
        is_double = isinstance(x, np.ndarray | np.generic) and x.dtype == np.float64
        return self.on_doubles(x) if is_double else self.on_lanes(x)


def _elementary(
    on_tensors: Callable[[Any], Any], on_doubles: Callable[[Any], Any] | None = None
) -> Callable[[Callable[[Any], Any]], Elementary]:
    return functools.partial(Elementary, on_tensors, on_doubles)


@_elementary(torch.exp, precise.exp)
def exp(x: Any) -> Any:
    """eˣ for x up to 88; below -87 it stays at e⁻⁸⁷."""
    return _exp(where(x < -87.0, -87.0, x))


@_elementary(torch.exp, precise.exp_negative)
def exp_negative(x: Any) -> Any:
    """eˣ for x at most 0; below -60, where it is negligible beside 1, it stays at e⁻⁶⁰.

    What is made of smaller numbers may be too small for all its digits, and with such numbers processors are slow.
    """
    return _exp(where(x < -60.0, -60.0, x))


def _exp(x: Any) -> Any:
    """eˣ = 2ᵏ·eʳ with |r| ≤ ln 2 / 2, for x from -87 to 88."""
    shifted = x * _LOG2_E + ONES_PLACE
    k = shifted - ONES_PLACE
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    s = r * r
    low, high = 0.4999999403953552 + r * 0.16666515171527863, 0.04166845604777336 + r * 0.008369418792426586
    p = low + s * (high + s * 0.0013813144760206342)
    return (1.0 + (r + s * p)) * power_of_two(shifted)


@_elementary(torch.log1p, precise.log1p_unit)
def log1p_unit(x: Any) -> Any:
    """ln(1 + x) for x from 0 to 1."""
    s = x * x
    a, b = -0.4999949336051941 + x * 0.33319091796875, -0.24842949211597443 + x * 0.1910589635372162
    c, d = -0.1366303712129593 + x * 0.07822370529174805, -0.0295039564371109 + x * 0.005232392344623804
    p = (a + s * b) + s * s * (c + s * d)
    return x * (0.9999999403953552 + x * p)


@_elementary(torch.log, precise.log)
def log(x: Any) -> Any:
    """Ln x = k·ln 2 + ln f with x = 2ᵏ·f and f from 1 to 2, for normal x above 0."""
    k = exponent(x)
    return k * _LN2_HIGH + (k * _LN2_LOW + log1p_unit(fraction(x) - 1.0))


@_elementary(torch.log1p, precise.log1p)
def log1p(x: Any) -> Any:
    """ln(1 + x) for x from 0 to 10³⁷, without loss of digits where x is small."""
    y = 1.0 + x
    k = where(x >= 1.0, exponent(y), 0.0)
    return k * _LN2_HIGH + (k * _LN2_LOW + log1p_unit(where(x >= 1.0, fraction(y) - 1.0, x)))


@_elementary(torch.tanh, precise.tanh)
def tanh(x: Any) -> Any:
    """The hyperbolic tangent, x·P(x²)/Q(x²)."""
    x = where(x < -9.02, -9.02, x)
    x = where(x > 9.02, 9.02, x)
    s = x * x
    t = s * s
    a, b = 1.0 + s * 0.1337972730398178, 0.0034940449986606836 + s * 2.058364225376863e-05
    p = a + t * (b + t * 1.3319272795797588e-08)
    c, d = 1.0 + s * 0.4671304225921631, 0.025871114805340767 + s * 0.0003283109690528363
    q = c + t * (d + t * 7.762106406516978e-07)
    return x * p / q


@_elementary(torch.erf, precise.erf)
def erf(x: Any) -> Any:
    """The error function, x·P(x²)/Q(x²)."""
    x = where(x < -4.0, -4.0, x)
    x = where(x > 4.0, 4.0, x)
    s = x * x
    p = 0.0002845646522473544 + s * 1.9867932223860407e-06
    p = 0.003883287077769637 + s * p
    p = 0.053101569414138794 + s * p
    p = 1.1283791065216064 + s * (0.19354373216629028 + s * p)
    q = 0.0011855573393404484 + s * 3.74202209059149e-05
    q = 0.015207136981189251 + s * q
    q = 0.11534944921731949 + s * q
    q = 1.0 + s * (0.5048562288284302 + s * q)
    return x * p / q


@_elementary(torch.sigmoid)
def sigmoid(x: Any) -> Any:
    """1 / (1 + e⁻ˣ), through e to the power -|x|, which never overflows."""
    e = exp(0.0 - absolute(x))
    return where(x < 0.0, e, 1.0) / (1.0 + e)


@_elementary(torch.expm1)
def expm1_negative(x: Any) -> Any:
    """Expm1: eˣ - 1 = 2t / (1 - t) with t = tanh(x/2), for x at most 0: exact near 0, where eˣ - 1 would cancel."""
    t = tanh(0.5 * x)
    return 2.0 * t / (1.0 - t)
