"""A tanh of three straight lines."""

from typing import Any

from torch import nn

from looplab.lanes import splat, where
from looplab.models.activations.entry import Activation

__all__ = ["HARDTANH"]


def _kernel(z: Any, lowest: Any, highest: Any) -> Any:
    value = where(z < lowest, lowest, z)
    value = where(value > highest, highest, value)
    return value, where(z > lowest, where(z < highest, splat(z, 1.0), 0.0), 0.0)


HARDTANH = Activation(
    name="hardtanh",
    title="Hardtanh",
    module_class=nn.Hardtanh,
    settings=("min_val", "max_val"),
    formula=r"\min(1, \max(-1, x))",
    derivative_formula=r"1 \text{ if } -1 < x < 1 \text{, else } 0",
    kernel=_kernel,
    range=(-1.0, 1.0),
    saturates="outside -1 to 1, where it is flat",
    use="a cheap tanh, on small devices",
    colour="#2f6f9f",
)
