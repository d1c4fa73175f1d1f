"""The parameters on their way."""

from collections.abc import Mapping
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from looplab.loop.callbacks.callback import Callback
from looplab.loop.training import Training

__all__ = ["Trajectory"]


class Trajectory(Callback):
    """Keeps all parameters before the first step and after every so many steps.

    Args:
        every: steps between two records.
    """

    def __init__(self, every: int) -> None:
        self._every = every
        self._parameters: list[Tensor] = []

    @property
    def parameters(self) -> Float[Tensor, "K P"]:
        """K records of all parameters, in the order of `model.parameters()`."""
        return torch.stack(self._parameters)

    @property
    def steps(self) -> Int[Tensor, " K"]:
        """How many updates are behind each record."""
        return self._every * torch.arange(len(self._parameters))

    def start(self, training: Training) -> None:
        """Keep those before the first step."""
        if training.step == 0:
            self._keep(training)

    def after_step(self, training: Training) -> None:
        """Keep those that are due."""
        if training.step % self._every == 0:
            self._keep(training)

    def state_dict(self) -> Mapping[str, Any]:
        """All records."""
        return {"parameters": self.parameters}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take back all records."""
        self._parameters = list(state["parameters"])

    def _keep(self, training: Training) -> None:
        values = [parameter.detach().reshape(-1).cpu() for parameter in training.model.parameters()]
        self._parameters.append(torch.cat(values))
