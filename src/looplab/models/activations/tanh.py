"""The hyperbolic tangent."""

from typing import Any

from torch import nn

from looplab.lanes import tanh
from looplab.models.activations.entry import Activation

__all__ = ["TANH"]


def _kernel(z: Any) -> Any:
    t = tanh(z)
    return t, 1.0 - t * t


TANH = Activation(
    name="tanh",
    title="tanh",
    module_class=nn.Tanh,
    formula=r"\tanh x = (e^x - e^{-x}) / (e^x + e^{-x})",
    derivative_formula=r"1 - \tanh^2 x",
    kernel=_kernel,
    range=(-1.0, 1.0),
    saturates="on both sides, towards -1 and 1",
    use="small smooth networks, recurrent cells, scores between -1 and 1",
    colour="#0b7d7d",
)
