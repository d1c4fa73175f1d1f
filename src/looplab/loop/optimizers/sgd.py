"""Stochastic gradient descent, with momentum (Polyak, 1964) and Nesterov's (Sutskever et al., 2013)."""

from typing import Any, NamedTuple

import torch

from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["SGD"]


class _Settings(NamedTuple):
    momentum: float
    nesterov: bool
    weight_decay: float


class _Step(NamedTuple):
    lr: float
    momentum: float
    nesterov: bool
    decay: float


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    return _Step(lr, settings.momentum, settings.nesterov, settings.weight_decay)


def _update(w: Any, g: Any, moments: Any, step: Any) -> Any:
    """Set m = momentum·m + g; w -= lr·m, or with Nesterov lr·(g + momentum·m)."""
    (m,) = moments
    g = g + step.decay * w
    m = step.momentum * m + g
    return w - step.lr * ((g + step.momentum * m) if step.nesterov else m), (m,)


SGD = Optimizer(
    name="sgd",
    title="SGD",
    torch_class=torch.optim.SGD,
    fields=("momentum", "nesterov", "weight_decay"),
    settings=_Settings,
    moments=1,
    prepare=_prepare,
    update=_update,
)
