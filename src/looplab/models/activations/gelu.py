"""The Gaussian error linear unit (Hendrycks & Gimpel, 2016)."""

import math
from typing import Any

from torch import nn

from looplab.lanes import erf, exp
from looplab.models.activations.entry import Activation, Variant

__all__ = ["GELU"]


def _kernel(z: Any) -> Any:
    share = 0.5 + 0.5 * erf(0.7071067811865476 * z)
    density = 0.3989422804014327 * exp(-0.5 * z * z)
    return z * share, share + z * density


GELU = Activation(
    name="gelu",
    title="GELU",
    module_class=nn.GELU,
    variant=Variant("approximate", "approximation", "none"),
    formula=r"x\,\Phi(x), \quad \Phi(x) = \tfrac12\left(1 + \operatorname{erf}(x / \sqrt2)\right)",
    derivative_formula=r"\Phi(x) + x\,\varphi(x), \quad \varphi(x) = e^{-x^2/2} / \sqrt{2\pi}",
    kernel=_kernel,
    range=(-0.16997121, math.inf),
    saturates="far to the left, towards 0",
    use="hidden layers of transformers",
    colour="#3c6e1f",
)
