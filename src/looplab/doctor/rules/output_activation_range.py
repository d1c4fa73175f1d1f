"""What the model ends in cannot give the answers that are wanted."""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from looplab.doctor.answers import answers_of, lineage_of
from looplab.doctor.lineage import layer_name
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_model_patched
from looplab.doctor.reach import Reach, reach_of
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["OUTPUT_ACTIVATION_RANGE"]

UNREACHABLE = 0.1
"""Share of the targets' variance out of reach that makes a fault."""
WANTED = 0.9
"""Probability of a class that logits should be able to say."""
_FITTING = {"mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "loss_fn", ""}
_ACTIVATIONS = ("relu", "sigmoid", "tanh", "softmax", "relu6", "hardtanh", "hardsigmoid", "clamp", "softplus", "elu")


def look(record: Record) -> Sign | None:
    """Draws wild parameters, and compares what can be answered with what should be."""
    answers = answers_of(record.operations, record.losses)
    if answers is None or not answers.outputs.is_floating_point() or not answers.outputs.numel():
        return None
    targets = answers.targets if answers.targets is not None else record.fed_targets
    targets = record.targets if targets is None or not targets.is_floating_point() else targets
    reach = reach_of(record) if targets is not None else None
    if reach is None or targets is None or (reach.low == -math.inf and reach.high == math.inf):
        return None
    if answers.name in {"cross_entropy", "binary_cross_entropy_with_logits"}:
        said = _logits(answers.name, answers.outputs, reach)
    elif answers.name in _FITTING and targets.is_floating_point() and targets.numel() == answers.outputs.numel():
        said = _values(record.fed_targets if _covers(record.fed_targets) else targets, reach)
    else:
        return None
    if not said:
        return None
    activation = _activation(record)
    return Sign(
        evidence=f"{said}{f' The model ends in a {activation[0]} ({activation[1]}).' if activation else ''}",
        fix="Let the model end in its last linear layer, without an activation"
        + (", or scale the targets to the range it can reach." if answers.name in _FITTING else "."),
        confidence=0.93,
        repair=Repair(name=f"no {activation[0]} at the end", change=_without(*activation[::2])) if activation else None,
        must_help=answers.name == "cross_entropy" and reach.high == math.inf,
    )


def _covers(targets: Tensor | None) -> bool:
    return targets is not None and targets.is_floating_point()


def _values(targets: Tensor | None, reach: Reach) -> str:
    """What is wrong with the range for targets that are to be met, in a sentence; "" if nothing is."""
    if targets is None or not targets.numel():
        return ""
    values = targets.double().flatten()
    values = values[torch.isfinite(values)]
    spread = float(values.var(unbiased=False)) if len(values) else 0.0
    if spread <= 0:
        return ""
    missed = float((values - values.clamp(reach.low, reach.high)).square().mean()) / spread
    if missed < UNREACHABLE:
        return ""
    outside = float(((values < reach.low) | (values > reach.high)).double().mean())
    return (
        f"Whatever its weights, the model answers {_range(reach)}, while the targets go from {float(values.min()):.3g} "
        f"to {float(values.max()):.3g}: {outside:.0%} of them cannot be reached."
    )


def _logits(name: str, outputs: Tensor, reach: Reach) -> str:
    classes = outputs.shape[1] if name == "cross_entropy" and outputs.ndim > 1 else 2
    if name == "cross_entropy":
        most = 1 / (1 + (classes - 1) * math.exp(-min(reach.high - reach.low, 700)))
        one_sided = reach.low == 0 and reach.high == math.inf and reach.at_low > 0.2
        if one_sided:
            return "Whatever its weights, the model gives logits of 0 or more: none can speak against a class."
        if most >= WANTED:
            return ""
        return (
            f"Whatever its weights, the model gives logits {_range(reach)}; with {classes} classes no probability "
            f"above {most:.2f} can be said."
        )
    most_sure = min(1 / (1 + math.exp(max(reach.low, -700.0))), 1 / (1 + math.exp(-min(reach.high, 700.0))))
    if most_sure >= WANTED:
        return ""
    return f"Whatever its weights, the model gives logits {_range(reach)}; one of the classes can never be said surely."


def _range(reach: Reach) -> str:
    if reach.low == -math.inf:
        return f"of at most {_number(reach.high)}"
    if reach.high == math.inf:
        return f"of at least {_number(reach.low)}"
    return f"between {_number(reach.low)} and {_number(reach.high)}"


def _number(value: float) -> str:
    return f"{round(value, 2) + 0.0:g}"


def _activation(record: Record) -> tuple[str, str, int] | None:
    """The activation that the model ends in: its name, its place, and which of its name it is in a forward pass."""
    lineage = lineage_of(record)
    index = lineage.origin(lineage.answer)
    if index < 0 or record.operations[index].name not in _ACTIVATIONS:
        return None
    name = record.operations[index].name
    number = sum(each.name == name for each in record.operations[:index])
    return name, layer_name(record.operations[index]), number


def _without(name: str, number: int) -> Callable[[Parts], Parts]:
    def handler(call: Call) -> object:
        return call.args[0] if call.name == name and call.number == number else call.result()

    return lambda parts: with_model_patched(parts, handler)


OUTPUT_ACTIVATION_RANGE = Rule(
    name="output_activation_range",
    title="The model cannot reach the targets",
    why=(
        "An activation behind the last layer limits the answers: a ReLU gives nothing below 0, a sigmoid nothing "
        "outside 0 to 1. What lies outside is never met, and where the activation is flat no gradient comes back."
    ),
    configuration=True,
    threshold=(
        f"A tenth ({UNREACHABLE}) of the targets' variance out of reach, or no probability above {WANTED} for a class; "
        "bounds are those that parameters 10 and 1,000 times the usual size do not get past."
    ),
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "dead_relu", "saturated_activation"),
            *("vanishing_gradient", "unscaled_targets"),
        }
    ),
    look=look,
)
