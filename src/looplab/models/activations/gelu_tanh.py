"""GELU's approximation by tanh (Hendrycks & Gimpel, 2016)."""

import math
from typing import Any

from torch import nn

from looplab.lanes import tanh
from looplab.models.activations.activation import Activation, Variant

__all__ = ["GELU_TANH"]


def _kernel(z: Any) -> Any:
    t = tanh(0.7978845608028654 * (z + 0.044715 * z * z * z))
    share = 0.5 + 0.5 * t
    return z * share, share + 0.5 * z * (1.0 - t * t) * (0.7978845608028654 * (1.0 + 3.0 * 0.044715 * z * z))


GELU_TANH = Activation(
    name="gelu-tanh",
    title="GELU by tanh",
    module_class=nn.GELU,
    variant=Variant("approximate", "approximation", "tanh"),
    formula=r"\tfrac12 x\left(1 + \tanh u\right), \quad u = \sqrt{2/\pi}\left(x + 0.044715\,x^3\right)",
    derivative_formula=r"\tfrac12\left(1 + \tanh u\right) + \tfrac12 x\left(1 - \tanh^2 u\right)"
    r"\sqrt{2/\pi}\left(1 + 0.134145\,x^2\right)",
    kernel=_kernel,
    range=(-0.17004076, math.inf),
    saturates="far to the left, towards 0",
    use="transformers that were trained before erf was quick",
    colour="#1f6e5c",
)
