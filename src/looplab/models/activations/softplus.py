"""Softplus, a smooth ReLU."""

import math
from typing import Any

from torch import nn

from looplab.lanes import absolute, exp, log1p_unit, sigmoid, where
from looplab.models.activations.entry import Activation

__all__ = ["SOFTPLUS"]


def _kernel(z: Any, beta: Any, threshold: Any) -> Any:
    scaled = beta * z
    value = (where(scaled > 0.0, scaled, 0.0) + log1p_unit(exp(0.0 - absolute(scaled)))) / beta
    return where(scaled > threshold, z, value), where(scaled > threshold, 1.0, sigmoid(scaled))


SOFTPLUS = Activation(
    name="softplus",
    title="Softplus",
    module_class=nn.Softplus,
    settings=("beta", "threshold"),
    formula=r"\ln(1 + e^x)",
    derivative_formula=r"1 / (1 + e^{-x})",
    kernel=_kernel,
    range=(0.0, math.inf),
    saturates="far to the left, towards 0",
    use="outputs that must be positive",
    colour="#5a5a1e",
)
