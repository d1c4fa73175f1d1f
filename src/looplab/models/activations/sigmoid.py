"""The logistic function."""

from typing import Any

from torch import nn

from looplab.lanes import sigmoid
from looplab.models.activations.entry import Activation

__all__ = ["SIGMOID"]


def _kernel(z: Any) -> Any:
    s = sigmoid(z)
    return s, s * (1.0 - s)


SIGMOID = Activation(
    name="sigmoid",
    title="sigmoid",
    module_class=nn.Sigmoid,
    formula=r"s(x) = 1 / (1 + e^{-x})",
    derivative_formula=r"s(x)\,(1 - s(x))",
    kernel=_kernel,
    range=(0.0, 1.0),
    saturates="on both sides, towards 0 and 1",
    use="outputs that are probabilities, gates",
    colour="#6f3fa0",
)
