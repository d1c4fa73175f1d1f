"""RAdam (Liu et al., 2020): Adam that waits with its denominator until enough gradients have been averaged for it."""

from typing import Any, NamedTuple

import torch

from looplab.lanes import sqrt, where
from looplab.loop.optimizers.adam import shrink_and_pull
from looplab.loop.optimizers.optimizer import Optimizer

__all__ = ["RADAM"]


class _Settings(NamedTuple):
    beta1: float
    beta2: float
    eps: float
    weight_decay: float
    decoupled_weight_decay: bool


class _Step(NamedTuple):
    rate: float
    rate_divided: float
    keep1: float
    beta2: float
    keep2: float
    eps: float
    shrink: float
    decay: float


def _prepare(settings: Any, lr: Any, t: Any, carried: Any) -> Any:
    """As many gradients as ρ are averaged; up to 5, the step is along the average alone. Carried are β₁ᵗ and β₂ᵗ."""
    carried[0] *= settings.beta1
    carried[1] *= settings.beta2
    most = 2.0 / (1.0 - settings.beta2) - 1.0
    averaged = most - 2.0 * t * carried[1] / (1.0 - carried[1])
    enough = averaged > 5.0
    rho = where(enough, averaged, 6.0)
    divisor = where(enough, (most - 4.0) * (most - 2.0), 1.0) * rho
    rectified = sqrt((rho - 4.0) * (rho - 2.0) * where(enough, most, 1.0) / divisor)
    rate = lr / (1.0 - carried[0])
    divided = where(enough, rate * rectified * sqrt(1.0 - carried[1]), 0.0)
    shrink, pull = shrink_and_pull(settings, lr)
    return _Step(
        where(enough, 0.0, rate), divided, 1.0 - settings.beta1, settings.beta2, 1.0 - settings.beta2, settings.eps,
        shrink, pull,
    )  # fmt: skip


def _update(w: Any, g: Any, moments: Any, step: Any) -> Any:
    """Set m = β₁m + (1-β₁)g; v = β₂v + (1-β₂)g²; w = shrink·w - rate·m - rate'·m / (√v + eps): one rate is 0."""
    m, v = moments
    g = g + step.decay * w
    m = m + step.keep1 * (g - m)
    v = step.beta2 * v + step.keep2 * (g * g)
    return step.shrink * w - (step.rate * m + step.rate_divided * m / (sqrt(v) + step.eps)), (m, v)


RADAM = Optimizer(
    name="radam",
    title="RAdam",
    torch_class=torch.optim.RAdam,
    fields=("betas", "eps", "weight_decay"),
    settings=_Settings,
    moments=2,
    carried=2,
    prepare=_prepare,
    update=_update,
)
