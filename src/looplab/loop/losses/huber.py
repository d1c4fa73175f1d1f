"""The Huber loss (Huber, 1964): squared where the error is small, in proportion to it where it is large."""

from typing import Any

from torch import nn
from torch.nn import functional

from looplab.lanes.arithmetic import where
from looplab.loop.losses.elementwise import elementwise
from looplab.loop.losses.loss import Loss

__all__ = ["HUBER"]


def _loss_and_slope(z: Any, y: Any) -> Any:
    """With e = z - y: e²/2 where |e| < 1, else |e| - 1/2; the slope is e, cut off at ±1."""
    error = z - y
    cut = where(error > 1.0, 1.0, where(error < -1.0, -1.0, error))
    return cut * (error - 0.5 * cut), cut


HUBER = Loss(
    name="huber",
    title="Huber loss",
    task="regression",
    of_task=False,
    function=functional.huber_loss,
    module_class=nn.HuberLoss,
    kernel=elementwise(_loss_and_slope),
)
