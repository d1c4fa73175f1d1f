"""GELU's approximation by tanh (Hendrycks & Gimpel, 2016)."""

import math
from typing import Any

from torch import nn

from looplab.lanes import sigmoid
from looplab.models.activations.entry import Activation, Variant

__all__ = ["GELU_TANH"]


def _kernel(z: Any) -> Any:
    """With (1 + tanh u) / 2 = sigmoid(2u), whose small values left of 0 keep all their digits."""
    s = sigmoid(1.5957691216057308 * (z + 0.044715 * z * z * z))
    return z * s, s + z * s * (1.0 - s) * (1.5957691216057308 * (1.0 + 3.0 * 0.044715 * z * z))


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
