"""The gradient shrinks to nothing on its way to the first layer, or to the first step of time."""

import math
from typing import Any

import torch

from looplab.doctor.gradient_flow import Flow, flow_through_layers, flow_through_time, recurrent_start
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_model_patched
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.starting import drawn_anew

__all__ = ["VANISHING_GRADIENT"]

LAYERS, TIME = 1e-3, 1e-5
"""First norm over the last: below these, a layer learns a thousand times as slowly, a step of time not at all."""
MUCH_LEFT, SOME_LEFT = 0.5, 0.3
"""Where less than the first is left, the gradient through time is the cause only if a repaired copy comes further."""


def look(record: Record) -> Sign | None:
    """Compares the gradient's norm at the first and last layer, and at the first and last step of time."""
    if left(record) < SOME_LEFT or not math.isfinite(left(record)):
        return None
    much = left(record) >= MUCH_LEFT
    layers = flow_through_layers(record) if much else None
    if layers is not None and layers.ratio < LAYERS and _falls(layers):
        return _sign(
            layers,
            f"from {layers.norms[-1]:.1e} at '{layers.places[-1]}' to {layers.norms[0]:.1e} at '{layers.places[0]}', "
            f"{len(layers.norms)} layers before",
            "nn.ReLU() instead of sigmoids or tanh, nn.init.kaiming_normal_ start weights, or x = x + layer(x)",
            Repair(name="ReLUs, and start weights that keep the gradient's size", change=_open_layers),
            0.75,
        )
    time = flow_through_time(record)
    if time is not None and time.ratio < TIME:
        return _sign(
            time,
            f"from {time.norms[-1]:.1e} at the last step of time to {time.norms[0]:.1e} at the first, "
            f"{len(time.norms) - 1} steps before",
            "nn.LSTM or nn.GRU instead of nn.RNN, or recurrent weights that start as the identity",
            Repair(name="recurrent weights that start as the identity", change=recurrent_start),
            0.6,
            must_help=not much,
        )
    return None


def _falls(flow: Flow) -> bool:
    """Whether it shrinks from layer to layer, rather than in a single one."""
    steps = [after / before for before, after in zip(flow.norms[1:], flow.norms, strict=False) if before > 0]
    return len(steps) >= 2 and sorted(steps)[len(steps) // 2] < 0.7


def _sign(flow: Flow, said: str, fix: str, repair: Repair, confidence: float, *, must_help: bool = False) -> Sign:
    return Sign(
        evidence=f"In the first step, the norm of the loss's gradient falls {said}.",
        fix=fix,
        confidence=confidence,
        alternatives="early inputs that the answer does not depend on" if flow.places[0].startswith("step") else "",
        series={"gradient": flow.norms},
        repair=repair,
        must_help=must_help,
    )


def _open_layers(parts: Parts) -> Parts:
    def handler(call: Call) -> Any:
        if call.name in {"sigmoid", "tanh"} and call.args:
            return torch.relu(call.args[0])
        return call.result()

    with torch.no_grad():
        drawn_anew(None).change(parts)
        for parameter in parts.model.parameters():
            if parameter.ndim > 1:
                parameter.mul_(math.sqrt(6))
    return with_model_patched(parts, handler)


VANISHING_GRADIENT = Rule(
    name="vanishing_gradient",
    title="The gradient vanishes on its way back",
    why=(
        "Each layer and each step of time multiplies the gradient. With factors below 1, little arrives at the first "
        "ones: they stay as random as they were drawn, and all later ones work on what those make."
    ),
    configuration=False,
    threshold=(
        "A gradient a thousand times smaller at the first layer than at the last, falling from layer to layer; or "
        "100,000 times smaller at the first step of time; and more than half of a constant answer's loss left. With "
        "0.3 left, the latter too where recurrent weights that start as the identity leave half of that."
    ),
    explains=frozenset({"lr_too_low", "too_few_epochs", "underfit_capacity", "class_imbalance_majority"}),
    look=look,
)
