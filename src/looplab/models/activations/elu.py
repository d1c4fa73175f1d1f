"""The exponential linear unit (Clevert, Unterthiner & Hochreiter, 2016)."""

import math
from typing import Any

from torch import nn

from looplab.lanes import expm1_negative, where
from looplab.models.activations.entry import Activation

__all__ = ["ELU"]


def _kernel(z: Any, alpha: Any) -> Any:
    below = alpha * expm1_negative(where(z > 0.0, 0.0, z))
    return where(z > 0.0, z, below), where(z > 0.0, 1.0, below + alpha)


ELU = Activation(
    name="elu",
    title="ELU",
    module_class=nn.ELU,
    settings=("alpha",),
    formula=r"x \text{ if } x > 0 \text{, else } e^x - 1",
    derivative_formula=r"1 \text{ if } x > 0 \text{, else } e^x",
    kernel=_kernel,
    range=(-1.0, math.inf),
    saturates="far to the left, towards -1",
    use="hidden layers, when outputs around 0 are wanted",
    colour="#a33a3a",
)
