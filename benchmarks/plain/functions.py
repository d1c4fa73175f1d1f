"""How everything here is compiled, and functions of one float32, with the coefficients of `looplab.lanes.functions`."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

import numpy as np
from numba import njit

__all__ = ["F", "exact", "exp_negative", "inlined_sums", "log", "sums", "tanh"]

F = np.float32
Function = TypeVar("Function", bound=Callable[..., Any])

_OPTIONS: dict[str, Any] = {"error_model": "numpy", "boundscheck": False, "nogil": True}
_ANY_ORDER = {"contract", "reassoc", "nsz"}


def exact(function: Function) -> Function:
    """Compile; IEEE 754, except that a product and the sum it goes into may be rounded once."""
    return cast(Function, njit(fastmath={"contract"}, **_OPTIONS)(function))


def sums(function: Function) -> Function:
    """Compile; numbers may be added in any order, which vectors need. Neither assumes that numbers are finite."""
    return cast(Function, njit(fastmath=_ANY_ORDER, **_OPTIONS)(function))


def inlined_sums(function: Function) -> Function:
    """The same, as a part of each caller."""
    return cast(Function, njit(fastmath=_ANY_ORDER, forceinline=True, **_OPTIONS)(function))


_ONE = F(1)


@exact
def exp_negative(x: Any) -> Any:
    """eˣ for x at most 0; below -60 it stays at e⁻⁶⁰."""
    x = max(x, F(-60))
    k = np.rint(x * F(1.44269504089))
    r = (x - k * F(0.693359375)) - k * F(-2.12194440e-4)
    s = r * r
    low = F(0.4999999403953552) + r * F(0.16666515171527863)
    high = F(0.04166845604777336) + r * F(0.008369418792426586)
    p = low + s * (high + s * F(0.0013813144760206342))
    power_of_two = np.int32((np.int32(k) + np.int32(127)) << np.int32(23)).view(np.float32)
    return (_ONE + (r + s * p)) * power_of_two


@exact
def log(x: Any) -> Any:
    """Ln x for normal x above 0."""
    bits = F(x).view(np.int32)
    k = F((bits >> np.int32(23)) - np.int32(127))
    f = np.int32((bits & np.int32(0x007FFFFF)) | np.int32(0x3F800000)).view(np.float32) - _ONE
    s = f * f
    a, b = F(-0.4999949336051941) + f * F(0.33319091796875), F(-0.24842949211597443) + f * F(0.1910589635372162)
    c, d = F(-0.1366303712129593) + f * F(0.07822370529174805), F(-0.0295039564371109) + f * F(0.005232392344623804)
    p = (a + s * b) + s * s * (c + s * d)
    return k * F(0.693359375) + (k * F(-2.12194440e-4) + f * (F(0.9999999403953552) + f * p))


@exact
def tanh(x: Any) -> Any:
    """The hyperbolic tangent, x·P(x²)/Q(x²)."""
    x = min(max(x, F(-9.02)), F(9.02))
    s = x * x
    t = s * s
    a = _ONE + s * F(0.1337972730398178)
    b = F(0.0034940449986606836) + s * F(2.058364225376863e-05)
    c = _ONE + s * F(0.4671304225921631)
    d = F(0.025871114805340767) + s * F(0.0003283109690528363)
    p = a + t * (b + t * F(1.3319272795797588e-08))
    return x * p / (c + t * (d + t * F(7.762106406516978e-07)))
