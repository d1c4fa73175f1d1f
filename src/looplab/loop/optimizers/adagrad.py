"""Adagrad (Duchi, Hazan & Singer, 2011): steps along the gradient, scaled by the sum of its squares so far."""

from typing import Any, NamedTuple

import torch

from looplab.lanes import sqrt
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["ADAGRAD"]


class _Settings(NamedTuple):
    eps: float
    weight_decay: float
    lr_decay: float
    initial_accumulator_value: float


class _Step(NamedTuple):
    lr: float
    before: float
    eps: float
    decay: float


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    """The sum of squares begins at the initial value, which the first step adds."""
    before = settings.initial_accumulator_value * (t == 1)
    return _Step(lr / (1.0 + (t - 1) * settings.lr_decay), before, settings.eps, settings.weight_decay)


def _update(w: Any, g: Any, moments: Any, step: Any) -> Any:
    """Set v = v + g²; w -= lr·g / (√v + eps)."""
    (v,) = moments
    g = g + step.decay * w
    v = v + step.before + g * g
    return w - step.lr * g / (sqrt(v) + step.eps), (v,)


ADAGRAD = Optimizer(
    name="adagrad",
    title="Adagrad",
    torch_class=torch.optim.Adagrad,
    fields=("eps", "weight_decay"),
    settings=_Settings,
    moments=1,
    prepare=_prepare,
    update=_update,
)
