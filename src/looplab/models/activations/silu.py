"""The sigmoid linear unit, also called Swish (Ramachandran, Zoph & Le, 2017)."""

import math
from typing import Any

from torch import nn

from looplab.lanes import sigmoid
from looplab.models.activations.entry import Activation

__all__ = ["SILU"]


def _kernel(z: Any) -> Any:
    s = sigmoid(z)
    return z * s, s * (1.0 + z * (1.0 - s))


SILU = Activation(
    name="silu",
    title="SiLU (Swish)",
    module_class=nn.SiLU,
    formula=r"x\,s(x), \quad s(x) = 1 / (1 + e^{-x})",
    derivative_formula=r"s(x)\left(1 + x\,(1 - s(x))\right)",
    kernel=_kernel,
    range=(-0.27846454, math.inf),
    saturates="far to the left, towards 0",
    use="hidden layers of deep image and language models",
    colour="#a0307a",
)
