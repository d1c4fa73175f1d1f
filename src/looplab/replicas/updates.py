"""The five optimizers on a stack of replicas, in the arithmetic of `torch.optim`.

A stack of parameters θ is R×P, one replica a row. What may differ between replicas (learning rate, momentum, ...) is a
column R×1, so that every line below reads as the update of a single replica.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor

from looplab.replicas.call import Call
from looplab.replicas.plan import Float64

__all__ = ["OPTIMIZERS", "StackedOptimizer", "clip_gradient"]

Stack: TypeAlias = Float[Tensor, "R P"]
Column: TypeAlias = Float[Tensor, "R 1"]

_RMSPROP_ALPHA = 0.99  # torch.optim's default; a recipe cannot change it


@dataclass(frozen=True, kw_only=True, eq=False)
class Step:
    """What an update needs besides parameters and gradient: the state of each replica and its settings."""

    first: Stack  # running average of the gradient, or momentum buffer
    second: Stack  # running average, or sum, of the squared gradient
    number: int  # counted from 0
    lr: Float64
    settings: Call
    column: Callable[[Float64], Column]


def _sgd(θ: Stack, g: Stack, step: Step) -> Stack:
    s = step.settings
    g = _decayed(θ, g, step)
    if s.momentum.any():
        μ = step.column(s.momentum)
        step.first.mul_(μ).add_(g)
        g = g + μ * step.first if s.nesterov else step.first
    return θ - step.column(step.lr) * g


def _adam(θ: Stack, g: Stack, step: Step) -> Stack:
    return _adam_step(θ, _decayed(θ, g, step), step)


def _adamw(θ: Stack, g: Stack, step: Step) -> Stack:
    return _adam_step(θ * step.column(1 - step.lr * step.settings.weight_decay), g, step)


def _adam_step(θ: Stack, g: Stack, step: Step) -> Stack:
    s, t = step.settings, step.number + 1
    step.first.lerp_(g, step.column(1 - s.beta1))
    step.second.mul_(step.column(s.beta2)).addcmul_(g, g * step.column(1 - s.beta2))
    root = step.second.sqrt().div_(step.column((1 - s.beta2**t) ** 0.5)).add_(step.column(s.eps))
    return θ - step.column(step.lr / (1 - s.beta1**t)) * step.first / root


def _rmsprop(θ: Stack, g: Stack, step: Step) -> Stack:
    s = step.settings
    g = _decayed(θ, g, step)
    step.second.mul_(_RMSPROP_ALPHA).addcmul_(g, g, value=1 - _RMSPROP_ALPHA)
    direction = g / step.second.sqrt().add_(step.column(s.eps))
    if s.momentum.any():
        direction = step.first.mul_(step.column(s.momentum)).add_(direction)
    return θ - step.column(step.lr) * direction


def _adagrad(θ: Stack, g: Stack, step: Step) -> Stack:
    g = _decayed(θ, g, step)
    step.second.addcmul_(g, g)
    return θ - step.column(step.lr) * g / step.second.sqrt().add_(step.column(step.settings.eps))


def _decayed(θ: Stack, g: Stack, step: Step) -> Stack:
    """The gradient of the loss plus λ/2·‖θ‖²."""
    decay = step.settings.weight_decay
    return g + step.column(decay) * θ if decay.any() else g


OPTIMIZERS: dict[str, Callable[[Stack, Stack, Step], Stack]] = {
    "sgd": _sgd,
    "adam": _adam,
    "adamw": _adamw,
    "rmsprop": _rmsprop,
    "adagrad": _adagrad,
}


def clip_gradient(g: Stack, clip_norm: Column) -> Stack:
    """Each replica's gradient, shortened to its largest allowed norm, as `torch.nn.utils.clip_grad_norm_` does it."""
    norm: Tensor = torch.linalg.vector_norm(g, dim=1, keepdim=True)
    return g * (clip_norm / (norm + 1e-6)).clamp(max=1)


class StackedOptimizer:
    """Keeps the state of R replicas and updates their parameters.

    Args:
        settings: of these R replicas.
        parameters: R×P; says how many, and on which device.
    """

    def __init__(self, settings: Call, parameters: Stack) -> None:
        self._settings, self._device = settings, parameters.device
        self._update = OPTIMIZERS[settings.optimizer]
        self._first, self._second = torch.zeros_like(parameters), torch.zeros_like(parameters)
        self._clips = bool((settings.clip_norm < float("inf")).any())

    def updated(self, parameters: Stack, gradient: Stack, number: int, factor: float) -> Stack:
        """The parameters after an update.

        Args:
            parameters: R×P; left as they are.
            gradient: R×P of the mean loss.
            number: of the step, counted from 0.
            factor: what the schedule multiplies the learning rate with in this step.
        """
        if self._clips:
            gradient = clip_gradient(gradient, self._column(self._settings.clip_norm))
        step = Step(
            first=self._first,
            second=self._second,
            number=number,
            lr=self._settings.lr * factor,
            settings=self._settings,
            column=self._column,
        )
        return self._update(parameters, gradient, step)

    def _column(self, values: Float64) -> Column:
        return torch.as_tensor(values, dtype=torch.float32).unsqueeze(1).to(self._device)
