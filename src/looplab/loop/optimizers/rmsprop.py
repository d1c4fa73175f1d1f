"""RMSprop (Tieleman & Hinton, 2012): steps along the gradient, scaled by a running average of its square."""

from typing import Any, NamedTuple

import torch

from looplab.lanes import sqrt
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["RMSPROP"]


class _Settings(NamedTuple):
    alpha: float
    momentum: float
    eps: float
    weight_decay: float


class _Step(NamedTuple):
    lr: float
    alpha: float
    keep: float
    momentum: float
    eps: float
    decay: float


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    return _Step(lr, settings.alpha, 1.0 - settings.alpha, settings.momentum, settings.eps, settings.weight_decay)


def _update(w: Any, g: Any, moments: Any, step: Any) -> Any:
    """Set v = αv + (1-α)g²; m = momentum·m + g / (√v + eps); w -= lr·m."""
    m, v = moments
    g = g + step.decay * w
    v = step.alpha * v + step.keep * (g * g)
    m = step.momentum * m + g / (sqrt(v) + step.eps)
    return w - step.lr * m, (m, v)


RMSPROP = Optimizer(
    name="rmsprop",
    title="RMSprop",
    torch_class=torch.optim.RMSprop,
    fields=("momentum", "eps", "weight_decay"),
    settings=_Settings,
    moments=2,
    prepare=_prepare,
    update=_update,
)
