"""The optimizers on a stack of replicas: each one's own formula, on tensors.

A stack of parameters θ is R×P, one replica a row. What may differ between replicas (learning rate, momentum, ...) is a
column R×1, so that a formula reads as the update of a single replica.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from looplab.loop.optimizers import OPTIMIZERS
from looplab.loop.optimizers.groups import group_of_each
from looplab.replicas.call import Call
from looplab.replicas.flat import FlatParameters

__all__ = ["StackedOptimizer", "clip_gradient"]

Stack: TypeAlias = Float[Tensor, "R P"]
Column: TypeAlias = Float[Tensor, "R 1"]


def clip_gradient(g: Stack, clip_norm: Column) -> Stack:
    """Each replica's gradient, shortened to its largest allowed norm, as `torch.nn.utils.clip_grad_norm_` does it."""
    norm: Tensor = torch.linalg.vector_norm(g, dim=1, keepdim=True)
    return g * (clip_norm / (norm + 1e-6)).clamp(max=1)


class StackedOptimizer:
    """Keeps the state of R replicas and updates their parameters, each group of them with its own settings.

    Args:
        call: for these R replicas.
        parameters: R×P; says how many, and on which device.
        layout: where the parameters lie, by name.
    """

    def __init__(self, call: Call, parameters: Stack, layout: FlatParameters) -> None:
        self._clip_norm = _column(call.clip_norm, parameters)
        self._clips = bool((call.clip_norm < float("inf")).any())
        self._groups = [
            (places, _StackedGroup(of_group, parameters if places is None else parameters[:, places]))
            for places, of_group in _groups(call, layout, parameters.device)
        ]

    def updated(self, parameters: Stack, gradient: Stack, number: int, factor: float) -> Stack:
        """The parameters after an update.

        Args:
            parameters: R×P; left as they are.
            gradient: R×P of the mean loss.
            number: of the step, counted from 0.
            factor: what the schedule multiplies the learning rate with in this step.
        """
        if self._clips:
            gradient = clip_gradient(gradient, self._clip_norm)
        changed = torch.empty_like(parameters)
        for places, group in self._groups:
            if places is None:
                return group.updated(parameters, gradient, number, factor)
            changed[:, places] = group.updated(parameters[:, places], gradient[:, places], number, factor)
        return changed

    def state_dict(self) -> list[dict[str, Any]]:
        """What a checkpoint keeps of it, for each group of parameters."""
        return [group.state_dict() for _, group in self._groups]

    def load_state_dict(self, state: Sequence[Mapping[str, Any]]) -> None:
        """Go on from what a checkpoint kept."""
        for (_, group), of_group in zip(self._groups, state, strict=True):
            group.load_state_dict(of_group)


class _StackedGroup:
    """The state of R replicas' parameters that have the same settings."""

    def __init__(self, call: Call, parameters: Stack) -> None:
        self._call, self._device, self._optimizer = call, parameters.device, OPTIMIZERS[call.optimizer]
        self._moments = tuple(torch.zeros_like(parameters) for _ in range(self._optimizer.moments))
        self._carried = np.ones((self._optimizer.carried, len(parameters)))

    def updated(self, parameters: Stack, gradient: Stack, number: int, factor: float) -> Stack:
        assert self._optimizer.prepare is not None
        assert self._optimizer.update is not None
        prepared = self._optimizer.prepare(
            self._call.optimizer_settings, self._call.lr * factor, number + 1, self._carried
        )
        step = type(prepared)(*(_column(values, parameters) for values in prepared))
        changed: Tensor
        changed, self._moments = self._optimizer.update(parameters, gradient, self._moments, step)
        return changed

    def state_dict(self) -> dict[str, Any]:
        return {"moments": self._moments, "carried": self._carried}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._moments = tuple(moment.to(self._device) for moment in state["moments"])
        self._carried = state["carried"]


def _groups(call: Call, layout: FlatParameters, device: torch.device) -> Iterator[tuple[Tensor | None, Call]]:
    """The places of each group's numbers among P, and the call as it is for them; None for all places."""
    groups = call.recipes[0].groups
    if not groups:
        yield None, call
        return
    patterns = group_of_each(list(layout.names), call.recipes[0])
    for pattern in (None, *groups):
        own = torch.tensor([patterns[name] == pattern for name in layout.names])
        places = own.repeat_interleave(torch.tensor(layout.sizes)).nonzero().squeeze(1).to(device)
        if len(places):
            settings = {} if pattern is None else groups[pattern]
            yield places, replace(call, recipes=tuple(recipe.with_settings(settings) for recipe in call.recipes))


def _column(values: Any, like: Stack) -> Any:
    """Numbers of all replicas as a column; one number for all stays as it is."""
    if not isinstance(values, np.ndarray):
        return values
    return torch.as_tensor(values, dtype=like.dtype).unsqueeze(1).to(like.device)
