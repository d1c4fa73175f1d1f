"""The best parameters on the validation rows, and stopping when they get no better."""

import math
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from looplab.loop.callbacks.callback import Callback
from looplab.loop.training import Training

__all__ = ["Best"]


class Best(Callback):
    """Knows when the validation loss was lowest; keeps the parameters of that step, and stops when it is long ago.

    Args:
        keep: whether to put the model back, at the end, to where its validation loss was lowest.
        patience: how many validations in a row may bring no lower loss before the training is stopped; None for all.
    """

    def __init__(self, *, keep: bool, patience: int | None) -> None:
        self._keep, self._patience = keep, patience
        self._seen, self._since, self._loss = 0, 0, math.inf
        self._step: int | None = None
        self._tensors: dict[str, Tensor] = {}

    @property
    def step(self) -> int | None:
        """How many updates are behind the parameters that are put back; None if none are."""
        return self._step if self._keep else None

    def after_step(self, training: Training) -> None:
        """Compare a new validation loss, where there is one, with the lowest."""
        losses = training.validation_loss
        if len(losses) == self._seen:
            return
        self._seen = len(losses)
        self._since += 1
        if losses[-1] < self._loss:
            self._loss, self._step, self._since = losses[-1], training.step, 0
            if self._keep:
                judged = _tensors(training.model) if training.averaged is None else training.averaged.items()
                self._tensors = {name: tensor.detach().clone() for name, tensor in judged}
        if self._patience is not None and self._since >= self._patience and not training.is_over:
            training.stop(f"no lower validation loss in {self._since} validations")

    def end(self, training: Training) -> None:
        """Put the best parameters and buffers back into the model."""
        with torch.no_grad():
            for name, tensor in _tensors(training.model):
                if name in self._tensors:
                    tensor.copy_(self._tensors[name])

    def state_dict(self) -> Mapping[str, Any]:
        """The lowest loss, its step and its parameters."""
        return {
            "seen": self._seen,
            "since": self._since,
            "loss": self._loss,
            "step": self._step,
            "tensors": dict(self._tensors),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take them back."""
        self._seen, self._since = state["seen"], state["since"]
        self._loss, self._step, self._tensors = state["loss"], state["step"], dict(state["tensors"])


def _tensors(model: nn.Module) -> list[tuple[str, Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()]
