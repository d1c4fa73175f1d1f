"""The mean squared error, over rows and outputs."""

from typing import Any

from torch import nn
from torch.nn import functional

from looplab.loop.losses.elementwise import elementwise
from looplab.loop.losses.loss import Loss

__all__ = ["MEAN_SQUARED_ERROR"]


def _loss_and_slope(z: Any, y: Any) -> Any:
    """(z - y)²; the mean over the outputs is in the shares."""
    error = z - y
    return error * error, 2.0 * error


MEAN_SQUARED_ERROR = Loss(
    name="mean-squared-error",
    title="mean squared error",
    task="regression",
    function=functional.mse_loss,
    module_class=nn.MSELoss,
    kernel=elementwise(_loss_and_slope),
)
