"""The rectified linear unit that leaks: left of 0 it has a small slope."""

import math
from typing import Any

from torch import nn

from looplab.lanes import splat, where
from looplab.models.activations.entry import Activation

__all__ = ["LEAKY_RELU"]


def _kernel(z: Any, negative_slope: Any) -> Any:
    slope = where(z > 0.0, splat(z, 1.0), negative_slope)
    return slope * z, slope


LEAKY_RELU = Activation(
    name="leaky-relu",
    title="LeakyReLU",
    module_class=nn.LeakyReLU,
    settings=("negative_slope",),
    formula=r"x \text{ if } x > 0 \text{, else } 0.01\,x",
    derivative_formula=r"1 \text{ if } x > 0 \text{, else } 0.01",
    kernel=_kernel,
    range=(-math.inf, math.inf),
    saturates="nowhere; left of 0 the slope is 0.01",
    use="hidden layers in which ReLU units die",
    colour="#9a6a00",
)
