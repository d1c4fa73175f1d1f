"""Adam (Kingma & Ba, 2015): steps along a running average of the gradient, scaled by one of its square."""

from typing import Any, NamedTuple

import torch

from looplab.lanes import sqrt
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["ADAM", "AdamSettings", "prepare_adam", "shrink_and_pull", "update_adam"]


class AdamSettings(NamedTuple):
    """What an update depends on, in AdamW as well."""

    beta1: float
    beta2: float
    eps: float
    weight_decay: float


class _Settings(NamedTuple):
    beta1: float
    beta2: float
    eps: float
    weight_decay: float
    decoupled_weight_decay: bool


class _Step(NamedTuple):
    rate: float
    inverse_root: float
    shrink: float
    keep1: float
    beta2: float
    keep2: float
    eps: float
    decay: float


def prepare_adam(settings: Any, lr: Any, shrink: Any, decay: Any, carried: Any) -> Any:
    """What is the same for all parameters; `carried` are β₁ and β₂ to the power of the step."""
    carried[0] *= settings.beta1
    carried[1] *= settings.beta2
    rate, inverse_root = lr / (1.0 - carried[0]), 1.0 / sqrt(1.0 - carried[1])
    return _Step(
        rate, inverse_root, shrink, 1.0 - settings.beta1, settings.beta2, 1.0 - settings.beta2, settings.eps, decay
    )  # fmt: skip


def shrink_and_pull(settings: Any, lr: Any) -> Any:
    """What the weight decay multiplies the weights with, and what share of them it adds to the gradient."""
    if settings.decoupled_weight_decay:
        return 1.0 - lr * settings.weight_decay, 0.0 * settings.weight_decay
    return 1.0 - 0.0 * settings.weight_decay, 1.0 * settings.weight_decay


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    """Decoupled, the decay shrinks the weights, as in AdamW."""
    shrink, pull = shrink_and_pull(settings, lr)
    return prepare_adam(settings, lr, shrink, pull, carried)


def update_adam(w: Any, g: Any, moments: Any, step: Any) -> Any:
    """Set m = β₁m + (1-β₁)g; v = β₂v + (1-β₂)g²; w -= rate·m / (√v / root + eps). AdamW shrinks w first."""
    m, v = moments
    g = g + step.decay * w
    m = m + step.keep1 * (g - m)
    v = step.beta2 * v + step.keep2 * (g * g)
    return step.shrink * w - step.rate * m / (sqrt(v) * step.inverse_root + step.eps), (m, v)


ADAM = Optimizer(
    name="adam",
    title="Adam",
    torch_class=torch.optim.Adam,
    fields=("betas", "eps", "weight_decay"),
    settings=_Settings,
    moments=2,
    carried=2,
    prepare=_prepare,
    update=update_adam,
)
