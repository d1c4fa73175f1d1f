"""The optimizers on a stack of replicas: each one's own formula, on tensors.

A stack of parameters θ is R×P, one replica a row. What may differ between replicas (learning rate, momentum, ...) is a
column R×1, so that a formula reads as the update of a single replica.
"""

from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from looplab.loop.optimizers import OPTIMIZERS
from looplab.replicas.call import Call

__all__ = ["StackedOptimizer", "clip_gradient"]

Stack: TypeAlias = Float[Tensor, "R P"]
Column: TypeAlias = Float[Tensor, "R 1"]


def clip_gradient(g: Stack, clip_norm: Column) -> Stack:
    """Each replica's gradient, shortened to its largest allowed norm, as `torch.nn.utils.clip_grad_norm_` does it."""
    norm: Tensor = torch.linalg.vector_norm(g, dim=1, keepdim=True)
    return g * (clip_norm / (norm + 1e-6)).clamp(max=1)


class StackedOptimizer:
    """Keeps the state of R replicas and updates their parameters.

    Args:
        call: for these R replicas.
        parameters: R×P; says how many, and on which device.
    """

    def __init__(self, call: Call, parameters: Stack) -> None:
        self._call, self._device, self._optimizer = call, parameters.device, OPTIMIZERS[call.optimizer]
        self._moments = tuple(torch.zeros_like(parameters) for _ in range(self._optimizer.moments))
        self._carried = np.ones((self._optimizer.carried, len(parameters)))
        self._clips = bool((call.clip_norm < float("inf")).any())

    def updated(self, parameters: Stack, gradient: Stack, number: int, factor: float) -> Stack:
        """The parameters after an update.

        Args:
            parameters: R×P; left as they are.
            gradient: R×P of the mean loss.
            number: of the step, counted from 0.
            factor: what the schedule multiplies the learning rate with in this step.
        """
        if self._clips:
            gradient = clip_gradient(gradient, self._column(self._call.clip_norm))
        assert self._optimizer.prepare is not None
        assert self._optimizer.update is not None
        prepared = self._optimizer.prepare(
            self._call.optimizer_settings, self._call.lr * factor, number + 1, self._carried
        )
        step = type(prepared)(*map(self._column, prepared))
        changed: Tensor
        changed, self._moments = self._optimizer.update(parameters, gradient, self._moments, step)
        return changed

    def _column(self, values: Any) -> Any:
        """Numbers of all replicas as a column; one number for all stays as it is."""
        if not isinstance(values, np.ndarray):
            return values
        return torch.as_tensor(values, dtype=torch.float32).unsqueeze(1).to(self._device)
