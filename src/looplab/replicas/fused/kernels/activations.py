"""Activations on lanes: each gives σ(z) and its slope σ'(z) at once, so that nothing is computed twice.

`a` and `b` are the activation's own numbers, such as the negative slope of LeakyReLU. At a kink, the slope is the one
that PyTorch's autograd gives. NaN stays NaN.
"""
# ruff: noqa: E741 - I and O are the mathematics' names

from typing import Any

from looplab.replicas.fused.codes import ACTIVATION_CODES
from looplab.replicas.fused.kernels.functions import erf, exp, expm1_negative, log1p_unit, sigmoid, tanh
from looplab.replicas.fused.kernels.instructions import absolute
from looplab.replicas.fused.kernels.kernel import kernel
from looplab.replicas.fused.kernels.lanes import WIDTH, load, one, splat, store, where

__all__ = ["activate", "close", "multiply"]

_RELU, _LEAKY_RELU, _ELU, _GELU, _GELU_TANH, _SILU, _SOFTPLUS, _HARDTANH, _TANH, _SIGMOID = ACTIVATION_CODES.values()


@kernel
def _relu(z: Any, a: float, b: float) -> Any:
    return where(z <= 0.0, 0.0, z), where(z > 0.0, splat(z, 1.0), 0.0)


@kernel
def _leaky_relu(z: Any, a: float, b: float) -> Any:
    slope = where(z > 0.0, splat(z, 1.0), a)
    return slope * z, slope


@kernel
def _elu(z: Any, a: float, b: float) -> Any:
    below = a * expm1_negative(where(z > 0.0, 0.0, z))
    return where(z > 0.0, z, below), where(z > 0.0, 1.0, below + a)


@kernel
def _gelu(z: Any, a: float, b: float) -> Any:
    share = 0.5 + 0.5 * erf(0.7071067811865476 * z)
    density = 0.3989422804014327 * exp(-0.5 * z * z)
    return z * share, share + z * density


@kernel
def _gelu_tanh(z: Any, a: float, b: float) -> Any:
    t = tanh(0.7978845608028654 * (z + 0.044715 * z * z * z))
    share = 0.5 + 0.5 * t
    return z * share, share + 0.5 * z * (1.0 - t * t) * (0.7978845608028654 * (1.0 + 3.0 * 0.044715 * z * z))


@kernel
def _silu(z: Any, a: float, b: float) -> Any:
    s = sigmoid(z)
    return z * s, s * (1.0 + z * (1.0 - s))


@kernel
def _softplus(z: Any, a: float, b: float) -> Any:
    scaled = a * z
    value = (where(scaled > 0.0, scaled, 0.0) + log1p_unit(exp(0.0 - absolute(scaled)))) / a
    return where(scaled > b, z, value), where(scaled > b, 1.0, sigmoid(scaled))


@kernel
def _hardtanh(z: Any, a: float, b: float) -> Any:
    value = where(z < a, a, z)
    value = where(value > b, b, value)
    return value, where(z > a, where(z < b, splat(z, 1.0), 0.0), 0.0)


@kernel
def _tanh(z: Any, a: float, b: float) -> Any:
    t = tanh(z)
    return t, 1.0 - t * t


@kernel
def _sigmoid(z: Any, a: float, b: float) -> Any:
    s = sigmoid(z)
    return s, s * (1.0 - s)


def _on_lines(activation: Any) -> Any:
    """The kernel that applies an activation to O lines of N rows."""

    @kernel
    def apply(a: float, b: float, Z: Any, z: int, slope: int, O: int, S: int, N: int) -> None:
        for o in range(O):
            for n in range(o * S, o * S + N, WIDTH):
                value, derivative = activation(load(one(0.0), Z, z + n), a, b)
                store(Z, z + n, value)
                store(Z, slope + n, derivative)

    return apply


_relu_lines = _on_lines(_relu)
_leaky_relu_lines = _on_lines(_leaky_relu)
_elu_lines = _on_lines(_elu)
_gelu_lines = _on_lines(_gelu)
_gelu_tanh_lines = _on_lines(_gelu_tanh)
_silu_lines = _on_lines(_silu)
_softplus_lines = _on_lines(_softplus)
_hardtanh_lines = _on_lines(_hardtanh)
_tanh_lines = _on_lines(_tanh)
_sigmoid_lines = _on_lines(_sigmoid)


@kernel
def activate(code: int, a: float, b: float, Z: Any, z: int, slope: int, O: int, S: int, N: int) -> None:
    """Z = σ(Z) in place, for O lines of N rows, S numbers apart; the slopes go to `slope` in the same array."""
    if code == _RELU:
        _relu_lines(a, b, Z, z, slope, O, S, N)
    elif code == _LEAKY_RELU:
        _leaky_relu_lines(a, b, Z, z, slope, O, S, N)
    elif code == _ELU:
        _elu_lines(a, b, Z, z, slope, O, S, N)
    elif code == _GELU:
        _gelu_lines(a, b, Z, z, slope, O, S, N)
    elif code == _GELU_TANH:
        _gelu_tanh_lines(a, b, Z, z, slope, O, S, N)
    elif code == _SILU:
        _silu_lines(a, b, Z, z, slope, O, S, N)
    elif code == _SOFTPLUS:
        _softplus_lines(a, b, Z, z, slope, O, S, N)
    elif code == _HARDTANH:
        _hardtanh_lines(a, b, Z, z, slope, O, S, N)
    elif code == _TANH:
        _tanh_lines(a, b, Z, z, slope, O, S, N)
    elif code == _SIGMOID:
        _sigmoid_lines(a, b, Z, z, slope, O, S, N)


@kernel
def multiply(Z: Any, slope: int, U: Any, u: int, O: int, S: int, N: int) -> None:
    """U *= slopes: the gradient on its way back through an activation or dropout."""
    for o in range(O):
        for n in range(o * S, o * S + N, WIDTH):
            store(U, u + n, load(one(0.0), U, u + n) * load(one(0.0), Z, slope + n))


@kernel
def close(Z: Any, z: int, U: Any, u: int, O: int, S: int, N: int) -> None:
    """U = 0 where Z is: the gradient on its way back through a ReLU whose values are Z."""
    for o in range(O):
        for n in range(o * S, o * S + N, WIDTH):
            store(U, u + n, where(load(one(0.0), Z, z + n) > 0.0, load(one(0.0), U, u + n), 0.0))
