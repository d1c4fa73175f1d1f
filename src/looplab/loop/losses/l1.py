"""The L1 loss, the mean absolute error: what the median minimizes, where the squared error has the mean."""

from typing import Any

from torch import nn
from torch.nn import functional

from looplab.lanes.arithmetic import absolute, where
from looplab.loop.losses.elementwise import elementwise
from looplab.loop.losses.loss import Loss

__all__ = ["L1"]


def _loss_and_slope(z: Any, y: Any) -> Any:
    """|z - y|; the slope is its sign, and 0 at 0."""
    error = z - y
    return absolute(error), where(error > 0.0, 1.0, where(error < 0.0, -1.0, 0.0 * error))


L1 = Loss(
    name="l1",
    title="L1 loss",
    task="regression",
    of_task=False,
    function=functional.l1_loss,
    module_class=nn.L1Loss,
    kernel=elementwise(_loss_and_slope),
)
