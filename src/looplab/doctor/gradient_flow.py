"""How the gradient changes on its way back: through the layers, and through the steps of time."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from looplab.doctor.answers import lineage_of
from looplab.doctor.parts import Parts
from looplab.doctor.probing import probed
from looplab.doctor.record import Record

__all__ = ["Flow", "flow_through_layers", "flow_through_time", "is_recurrent", "recurrent_start"]

_FUSED = {"lstm", "gru", "rnn_tanh", "rnn_relu"}
_CELLS = {"lstm_cell", "gru_cell", "rnn_tanh_cell", "rnn_relu_cell"}


@dataclass(frozen=True, kw_only=True)
class Flow:
    """Norms of the loss's gradient, from the first place to the last.

    Attributes:
        norms: one for each layer's output, or for each step of time.
        places: what they belong to, in words.
    """

    norms: list[float]
    places: list[str]

    @property
    def ratio(self) -> float:
        """The first norm over the last: below 1 where the gradient shrinks on its way back; NaN if neither is known."""
        first, last = self.norms[0], self.norms[-1]
        if not math.isfinite(first):
            return math.inf
        return first / last if last > 0 else math.nan


def flow_through_layers(record: Record) -> Flow | None:
    """The gradient at the output of each layer of the first step but the last; None with fewer than four layers."""
    lineage = lineage_of(record)
    on_the_way = lineage.to_loss()
    layers = [index for index in lineage.weighted() if index in on_the_way and record.operations[index].module]
    seen: list[tuple[float, str]] = []
    parameters: set[int] = set()
    for index in layers:
        operation = record.operations[index]
        used = lineage.parameters_of(index)
        if operation.gradient is not None and not used & parameters:
            seen.append((float(operation.gradient.double().norm()), operation.module))
        parameters |= used
    if len(seen) < 4:
        return None
    return Flow(norms=[norm for norm, _ in seen[:-1]], places=[place for _, place in seen[:-1]])


def is_recurrent(record: Record) -> bool:
    """Whether the model goes through time: by a layer of torch's, by cells, or with weights used again and again."""
    names = [each.name for each in record.operations]
    if any(name in _FUSED | _CELLS for name in names):
        return True
    lineage = lineage_of(record)
    used = [frozenset(lineage.parameters_of(index)) for index in lineage.weighted()]
    return any(used.count(each) >= 5 for each in set(used))


def flow_through_time(record: Record) -> Flow | None:
    """The gradient at each step of the inputs (N, T, …) of the first batch; None without time or model."""
    if record.fed is None or record.fed.ndim < 2 or not is_recurrent(record):
        return None
    if "time" not in record.known:
        record.known["time"] = _by_time(record)
    norms: list[float] | None = record.known["time"]
    if norms is None or len(norms) < 5:
        return None
    return Flow(norms=norms, places=[f"step {number}" for number in range(len(norms))])


def _by_time(record: Record) -> list[float] | None:
    if record.fed is not None and not record.fed.is_floating_point():
        found = next(
            (each for each in record.operations if each.name == "embedding" and each.gradient is not None), None
        )
        return None if found is None or found.gradient is None else _norms(found.gradient)
    kept: list[Tensor] = []
    probed(record, _wanting_gradients(kept))
    return _norms(kept[0].grad) if kept and kept[0].grad is not None else None


def _wanting_gradients(kept: list[Tensor]) -> Callable[[Parts], None]:
    """A change that lets the first batch's inputs have a gradient, and keeps them."""

    def change(parts: Parts) -> None:
        def hold(_: Any, args: tuple[Any, ...]) -> Any:
            if kept or not args or not isinstance(args[0], Tensor) or not args[0].is_floating_point():
                return None
            kept.append(args[0].detach().requires_grad_(True))
            return (kept[0], *args[1:])

        parts.model.register_forward_pre_hook(hold)

    return change


def _norms(gradient: Tensor) -> list[float] | None:
    if gradient.ndim < 3:
        return None
    return [float(norm) for norm in gradient.double().transpose(0, 1).flatten(1).norm(dim=1)]


def recurrent_start(parts: Parts) -> Parts:
    """Recurrent weights as orthogonal matrices, gate by gate, which neither shrink nor grow what they multiply."""
    with torch.no_grad():
        for name, parameter in parts.model.named_parameters():
            if "weight_hh" in name and parameter.ndim == 2:
                size = parameter.shape[1]
                for start in range(0, parameter.shape[0], size):
                    parameter[start : start + size].copy_(torch.eye(size))
            elif "bias" in name and "_l" in name and parameter.ndim == 1:
                parameter.zero_()
    return parts
