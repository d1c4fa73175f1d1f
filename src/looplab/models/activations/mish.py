"""Mish (Misra, 2020), a smooth relative of SiLU."""

import math
from typing import Any

from torch import nn

from looplab.lanes import absolute, exp, where
from looplab.models.activations.entry import Activation

__all__ = ["MISH"]


def _kernel(z: Any) -> Any:
    """With e = e^-|z|, nothing overflows: tanh(ln(1 + eᶻ)) = (a² - 1) / (a² + 1) for a = 1 + eᶻ."""
    e = exp(0.0 - absolute(z))
    squared = e * e
    above = where(z > 0.0, 1.0 + 2.0 * e, squared + 2.0 * e)
    t = above / (above + where(z > 0.0, 2.0 * squared, 2.0))
    s = where(z < 0.0, e, 1.0) / (1.0 + e)
    return z * t, t + z * s * (1.0 - t * t)


MISH = Activation(
    name="mish",
    title="Mish",
    module_class=nn.Mish,
    formula=r"x \tanh(\ln(1 + e^x))",
    derivative_formula=r"t + x\,s(x)\,(1 - t^2), \quad t = \tanh(\ln(1 + e^x)), \quad s(x) = 1 / (1 + e^{-x})",
    kernel=_kernel,
    range=(-0.30884342, math.inf),
    saturates="far to the left, towards 0",
    use="hidden layers of image models",
    colour="#4651a8",
)
