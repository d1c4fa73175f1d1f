"""Elementary functions on lanes of float64, as `functions` has them for float32: polynomials of higher degree.

The coefficients are Chebyshev interpolations of the relative error, rounded to float64. Measured errors stand in the
tests.
"""

from typing import Any

from looplab.lanes.arithmetic import ONES_PLACE_OF_DOUBLES, absolute, exponent, fraction, power_of_two, where

__all__ = ["erf", "exp", "exp_negative", "log", "log1p", "log1p_unit", "tanh"]

_LOG2_E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 0.6931471803691238, 1.9082149292705877e-10  # ln 2 in two parts, the first with few digits


def exp(x: Any) -> Any:
    """eˣ for x up to 709; below -708 it stays at e⁻⁷⁰⁸."""
    return _exp(where(x < -708.0, -708.0, x))


def exp_negative(x: Any) -> Any:
    """eˣ for x at most 0; below -60, where it is negligible beside 1, it stays at e⁻⁶⁰, as in float32."""
    return _exp(where(x < -60.0, -60.0, x))


def _exp(x: Any) -> Any:
    """eˣ = 2ᵏ·eʳ with |r| ≤ ln 2 / 2, for x from -708 to 709."""
    shifted = x * _LOG2_E + ONES_PLACE_OF_DOUBLES
    return (1.0 + _expm1_of_rest(x, shifted - ONES_PLACE_OF_DOUBLES)) * power_of_two(shifted)


def _expm1_of_rest(x: Any, k: Any) -> Any:
    """eʳ - 1 for r = x - k·ln 2, with |r| ≤ ln 2 / 2, without loss of digits where r is small."""
    r = (x - k * _LN2_HIGH) - k * _LN2_LOW
    s = r * r
    a, b = 0.5000000000000001 + r * 0.16666666666666669, 0.041666666666623824 + r * 0.008333333333330039
    c, d = 0.0013888888917367081 + r * 0.00019841269863171557, 2.4801521057868204e-05 + r * 2.7557268276905696e-06
    p = (c + s * d) + s * s * (2.7620201591031547e-07 + r * 2.5100472505694996e-08)
    return r + s * ((a + s * b) + s * s * p)


def _expm1(x: Any) -> Any:
    """eˣ - 1 for x from -700 to 0, without loss of digits where x is small."""
    shifted = x * _LOG2_E + ONES_PLACE_OF_DOUBLES
    power = power_of_two(shifted)
    return power * _expm1_of_rest(x, shifted - ONES_PLACE_OF_DOUBLES) + (power - 1.0)


def log1p_unit(x: Any) -> Any:
    """ln(1 + x) for x from 0 to 1: 2·artanh(x / (2 + x)), or from √2 - 1 on ln 2 + 2·artanh((x - 1) / (x + 3))."""
    large = x > 0.41421356
    t = where(large, x - 1.0, x) / (2.0 + where(large, x + 1.0, x))
    s = t * t
    a, b = 0.3333333333333333 + s * 0.20000000000000473, 0.14285714285381584 + s * 0.1111111120041795
    c, d = 0.09090897335208632 + s * 0.0769314608794441, 0.06633687542314252 + s * 0.06550585926295914
    u = s * s
    p = (a + u * b) + u * u * (c + u * d)
    return where(large, 0.6931471805599453, 0.0) + 2.0 * (t + t * s * p)


def log(x: Any) -> Any:
    """Ln x = k·ln 2 + ln f with x = 2ᵏ·f and f from 1 to 2, for normal x above 0."""
    k = exponent(x)
    return k * _LN2_HIGH + (k * _LN2_LOW + log1p_unit(fraction(x) - 1.0))


def log1p(x: Any) -> Any:
    """ln(1 + x) for x from 0 to 10³⁰⁷, without loss of digits where x is small."""
    y = 1.0 + x
    k = where(x >= 1.0, exponent(y), 0.0)
    return k * _LN2_HIGH + (k * _LN2_LOW + log1p_unit(where(x >= 1.0, fraction(y) - 1.0, x)))


def tanh(x: Any) -> Any:
    """The hyperbolic tangent, -m / (m + 2) with m = e^(-2|x|) - 1, and the sign of x."""
    y = -2.0 * absolute(x)
    m = _expm1(where(y < -80.0, -80.0, y))
    t = m / (m + 2.0)
    return where(x < 0.0, t, 0.0 - t)


def erf(x: Any) -> Any:
    """The error function: x·P(x²) up to 1; beyond 1 - e^(-x²)·Q((x - 2) / (x + 2)), with the sign of x."""
    a = absolute(x)
    s = x * x
    near = -1.1372848856791674e-09 + s * 5.957176147748911e-11
    near = 1.4659775274047436e-08 + s * near
    near = -1.6350312701054695e-07 + s * near
    near = 1.6461000484121368e-06 + s * near
    near = -1.4925595266831182e-05 + s * near
    near = 0.0001205533111164271 + s * near
    near = -0.000854832698083379 + s * near
    near = 0.0052239776248180145 + s * near
    near = -0.026866170645076792 + s * near
    near = 0.11283791670954879 + s * near
    near = -0.3761263890318375 + s * near
    near = 1.1283791670955126 + s * near
    b = where(a > 6.0, 6.0, a)
    t = (b - 2.0) / (b + 2.0)
    tail = 1.272567661840228e-06 + t * -1.1352571477273627e-06
    tail = 4.011749647325067e-06 + t * tail
    tail = 1.3058577122278017e-06 + t * tail
    tail = -1.3998283772784976e-05 + t * tail
    tail = -2.7562209161129353e-05 + t * tail
    tail = 2.7527175557227246e-05 + t * tail
    tail = 0.00017435947400205157 + t * tail
    tail = 4.355558686575482e-05 + t * tail
    tail = -0.0009819769411038642 + t * tail
    tail = -0.00084714325299195 + t * tail
    tail = 0.006997461736971578 + t * tail
    tail = 0.0037328924043978336 + t * tail
    tail = -0.07897858101570611 + t * tail
    tail = 0.24165819424246585 + t * tail
    tail = -0.4271858474139585 + t * tail
    tail = 0.25539567631050575 + t * tail
    far = 1.0 - exp(0.0 - b * b) * tail
    return where(a > 1.0, where(x < 0.0, 0.0 - far, far), x * near)
