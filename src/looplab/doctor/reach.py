"""Which answers a model can give at all: the smallest and largest when its parameters are drawn wild."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looplab.doctor.answers import answers_of
from looplab.doctor.parts import Parts
from looplab.doctor.probing import probed
from looplab.doctor.record import Record

__all__ = ["Reach", "reach_of"]

_SCALES = (10.0, 1000.0)
_SEEDS = 4


@dataclass(frozen=True, kw_only=True)
class Reach:
    """Bounds of what a model can answer, whatever its parameters; infinite where there is none.

    Attributes:
        low: the smallest answer.
        high: the largest.
        at_low: share of the answers with wild parameters that were exactly the smallest.
    """

    low: float
    high: float
    at_low: float


def reach_of(record: Record) -> Reach | None:
    """The bounds of what the loss gets from the model, found with wild parameters; None where that cannot be tried.

    A bound is a value to which parameters a hundred times as large come as near, and no further: answers that have one
    sign by chance go on to grow. Costs eight steps on the first batch.
    """
    if "reach" not in record.known:
        record.known["reach"] = _reach_of(record)
    found: Reach | None = record.known["reach"]
    return found


def _reach_of(record: Record) -> Reach | None:
    ends = []
    at_low = 0.0
    for scale in _SCALES:
        answers = [_answers(record, scale, seed) for seed in range(_SEEDS)]
        known = [each for each in answers if each is not None and each.numel()]
        if not known:
            return None
        values = torch.cat([each.double().flatten() for each in known])
        values = values[torch.isfinite(values)]
        if not len(values):
            return None
        ends.append((float(values.min()), float(values.max())))
        at_low = float((values == values.min()).double().mean())
    (low, high), (wild_low, wild_high) = ends
    slack = 0.01 * (high - low) + 1e-6
    return Reach(
        low=wild_low if abs(wild_low - low) <= slack else -math.inf,
        high=wild_high if abs(wild_high - high) <= slack else math.inf,
        at_low=at_low,
    )


def _answers(record: Record, scale: float, seed: int) -> Tensor | None:
    probe = probed(record, lambda parts: _draw(parts, scale), seed=seed)
    answers = None if probe is None else answers_of(probe.operations, probe.losses)
    return None if answers is None else answers.outputs


def _draw(parts: Parts, scale: float) -> None:
    """Parameters from a normal distribution, those of a layer `scale` times what keeps its outputs at unit size."""
    with torch.no_grad():
        for parameter in _parameters(parts.model):
            if parameter.is_floating_point():
                fan_in = parameter[0].numel() if parameter.ndim > 1 else 1
                parameter.copy_(scale * torch.randn_like(parameter) / max(1, fan_in) ** 0.5)


def _parameters(model: nn.Module) -> list[nn.Parameter]:
    return list(model.parameters())
