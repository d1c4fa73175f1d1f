"""The rectified linear unit."""

import math
from typing import Any

from torch import nn

from looplab.lanes import splat, where
from looplab.models.activations.entry import Activation

__all__ = ["RELU"]


def _kernel(z: Any) -> Any:
    return where(z <= 0.0, 0.0, z), where(z > 0.0, splat(z, 1.0), 0.0)


RELU = Activation(
    name="relu",
    title="ReLU",
    module_class=nn.ReLU,
    formula=r"\max(0, x)",
    derivative_formula=r"1 \text{ if } x > 0 \text{, else } 0",
    kernel=_kernel,
    range=(0.0, math.inf),
    saturates="left of 0, where it is exactly 0",
    use="the usual first choice for hidden layers",
    colour="#b84f00",
)
