"""The gradient grows on its way back, through the layers or through time."""

import math

import torch

from looplab.doctor.gradient_flow import Flow, flow_through_layers, flow_through_time, recurrent_start
from looplab.doctor.progress_made import is_finite, left
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.starting import drawn_anew

__all__ = ["EXPLODING_GRADIENT"]

GROWTH = 100
"""First norm over the last, before any step was taken. Start weights by He or Glorot keep it within 10."""
LITTLE_LEFT = 0.05


def look(record: Record) -> Sign | None:
    """Compares the gradient's norm at the start, at the first and last layer, and the first and last step of time."""
    if left(record) < LITTLE_LEFT and is_finite(record):
        return None
    layers = flow_through_layers(record)
    if layers is not None and layers.ratio > GROWTH and _rises(layers):
        return _sign(
            record,
            layers,
            f"from {layers.norms[-1]:.2g} at '{layers.places[-1]}' to {layers.norms[0]:.2g} at '{layers.places[0]}', "
            f"{len(layers.norms)} layers before",
            "nn.init.kaiming_normal_(layer.weight), or a norm between the layers",
            drawn_anew(),
        )
    time = flow_through_time(record)
    if time is not None and time.ratio > GROWTH and _rises(time):
        return _sign(
            record,
            time,
            f"from {time.norms[-1]:.2g} at the last step of time to {time.norms[0]:.2g} at the first, "
            f"{len(time.norms) - 1} steps before",
            "recurrent weights that start orthogonal, nn.init.orthogonal_(rnn.weight_hh_l0), and "
            "clip_grad_norm_(model.parameters(), 1.0)",
            Repair(name="recurrent weights that start as the identity", change=recurrent_start),
        )
    return None


def _rises(flow: Flow) -> bool:
    """Whether it grows from place to place, rather than in a single one."""
    if not all(map(math.isfinite, flow.norms)):
        return True
    steps = [after / before for before, after in zip(flow.norms[1:], flow.norms, strict=False) if before > 0]
    return len(steps) >= 2 and sorted(steps)[len(steps) // 2] > 1.2


def _sign(record: Record, flow: Flow, said: str, fix: str, repair: Repair) -> Sign:
    largest = max((float(torch.nan_to_num(step.used).max()) for step in record.steps if len(step.used)), default=0.0)
    return Sign(
        evidence=(
            f"In the first step, before anything was changed, the norm of the loss's gradient grows {said}; the "
            f"largest of a parameter in any step was {largest:.2g}."
        ),
        fix=fix,
        confidence=0.9,
        series={"gradient": flow.norms},
        repair=repair,
    )


EXPLODING_GRADIENT = Rule(
    name="exploding_gradient",
    title="The gradient explodes on its way back",
    why=(
        "Each layer and each step of time multiplies the gradient. With factors above 1, the first ones get steps so "
        "large that they undo what was learnt, and no learning rate suits both ends."
    ),
    configuration=False,
    threshold=(
        "In the first step, a gradient a hundred times larger at the first layer (or step of time) than at the last, "
        "growing from one to the next; He's and Glorot's start weights keep it within 10 at ten layers."
    ),
    explains=frozenset(
        {
            *("lr_too_high", "nan_loss", "too_few_epochs", "underfit_capacity", "dead_relu", "saturated_activation"),
            *("loss_scale_wrong", "lr_too_low", "clip_too_tight", "unscaled_inputs"),
        }
    ),
    look=look,
)
