"""NAdam (Dozat, 2016): Adam with Nesterov's momentum, which sets in slowly."""

from typing import Any, NamedTuple

import torch

from looplab.lanes import sqrt
from looplab.loop.optimizers.adam import shrink_and_pull
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["NADAM"]


class _Settings(NamedTuple):
    beta1: float
    beta2: float
    eps: float
    weight_decay: float
    momentum_decay: float
    decoupled_weight_decay: bool


class _Step(NamedTuple):
    rate_of_g: float
    rate_of_m: float
    inverse_root: float
    keep1: float
    beta2: float
    keep2: float
    eps: float
    shrink: float
    decay: float


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    """With μₜ = β₁(1 - 0.96^(ψt)/2), carried are μ₁·…·μₜ and β₂ᵗ."""
    now = settings.beta1 * (1.0 - 0.5 * 0.96 ** (t * settings.momentum_decay))
    then = settings.beta1 * (1.0 - 0.5 * 0.96 ** ((t + 1) * settings.momentum_decay))
    carried[0] *= now
    carried[1] *= settings.beta2
    rate_of_g, rate_of_m = lr * (1.0 - now) / (1.0 - carried[0]), lr * then / (1.0 - carried[0] * then)
    shrink, pull = shrink_and_pull(settings, lr)
    return _Step(
        rate_of_g, rate_of_m, 1.0 / sqrt(1.0 - carried[1]), 1.0 - settings.beta1, settings.beta2, 1.0 - settings.beta2,
        settings.eps, shrink, pull,
    )  # fmt: skip


def _update(w: Any, g: Any, moments: Any, step: Any) -> Any:
    """Set m = β₁m + (1-β₁)g; v = β₂v + (1-β₂)g²; w = shrink·w - (rate·g + rate'·m) / (√v / root + eps)."""
    m, v = moments
    g = g + step.decay * w
    m = m + step.keep1 * (g - m)
    v = step.beta2 * v + step.keep2 * (g * g)
    return step.shrink * w - (step.rate_of_g * g + step.rate_of_m * m) / (sqrt(v) * step.inverse_root + step.eps), (
        m,
        v,
    )


NADAM = Optimizer(
    name="nadam",
    title="NAdam",
    torch_class=torch.optim.NAdam,
    fields=("betas", "eps", "weight_decay"),
    settings=_Settings,
    moments=2,
    carried=2,
    prepare=_prepare,
    update=_update,
)
