"""The loss becomes NaN or infinite; the operation at which that begins is named."""

import math

import torch
from torch import Tensor

from looplab.doctor.changes import scaled_updates
from looplab.doctor.not_numbers import Origin, origin_of
from looplab.doctor.record import Record, StepSeen
from looplab.doctor.replaying import replayed
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["NAN_LOSS"]

GROWN = 100.0
"""Times the start's norm: of weights that large, infinities are no wonder."""


def look(record: Record) -> Sign | None:
    """Goes to the first step whose loss or update is not finite, and looks at each operation there."""
    step = _first_bad(record)
    if step is None:
        return None
    when = f"In step {step.index + 1}" + ("" if record.parts is None else f" (epoch {step.epoch + 1})")
    for name, values in (("inputs", record.fed), ("targets", record.targets)):
        if values is not None and values.is_floating_point() and not bool(torch.isfinite(values).all()):
            return _in_data(f"{when} the loss became {_word(step.loss)}", name, values)
    origin = origin_of(replayed(record, step.index))
    what = f"the loss became {_word(step.loss)}" if not math.isfinite(step.loss) else "the gradient became NaN"
    if origin is None and record.parts is None and not _has_grown(record, step):
        return _unseen(f"{when} {what}.")
    if origin is None:
        return _too_large(record, f"{when} {what}.")
    if not origin.reason or _has_grown(record, step):
        return _too_large(record, f"{when} {what}; it began at {origin}.")
    return Sign(
        evidence=f"{when} {what}. It began at {origin}.",
        fix=_fix(origin),
        confidence=0.95,
        series={"loss": [each.loss for each in record.steps]},
    )


def _first_bad(record: Record) -> StepSeen | None:
    for step in record.steps:
        if not math.isfinite(step.loss) and step.backwards:
            return step
        if not bool(torch.isfinite(step.updates).all()):
            return step
    return None


def _in_data(said: str, name: str, values: Tensor) -> Sign:
    rows = (~torch.isfinite(values)).flatten(1).any(dim=1) if values.ndim > 1 else ~torch.isfinite(values)
    return Sign(
        evidence=f"{said}: {int(rows.sum())} of {len(rows)} rows hold {name} that are NaN or infinite.",
        fix=f"Look for missing values in the {name} before training: torch.isfinite(x).all()",
        confidence=0.97,
    )


def _too_large(record: Record, said: str) -> Sign:
    """Numbers that grew until they were infinite: what made them grow is the fault."""
    lower = scaled_updates(0.1)
    outcome = record.trials.outcome(lower.name, lower.change) if record.trials is not None else None
    is_rate = outcome is not None and math.isfinite(outcome.unexplained)
    return Sign(
        evidence=f"{said} Nothing undefined was computed there: numbers grew until they were infinite.",
        fix="A lower learning rate, clip_grad_norm_(model.parameters(), 1.0), or smaller start weights",
        confidence=0.4,
        level="worth a look" if is_rate else "fault",
        alternatives="a learning rate that is too high, or an exploding gradient",
    )


def _unseen(said: str) -> Sign:
    """Of a loop that was watched, an operation outside the model and the loss cannot be gone through again."""
    return Sign(
        evidence=f"{said} The operation at which it began was not seen: it lies outside the model and the loss.",
        fix="torch.autograd.set_detect_anomaly(True)  # names the line, and is slow",
        confidence=0.6,
    )


def _has_grown(record: Record, step: StepSeen) -> bool:
    before, after = record.steps[0].weights.norm(), step.weights.norm()
    return not bool(torch.isfinite(after)) or bool(after > GROWN * before.clamp(min=1e-6))


def _word(loss: float) -> str:
    return "NaN" if math.isnan(loss) else "infinite"


def _fix(origin: Origin) -> str:
    name = origin.operation.name
    if "log" in name or name == "binary_cross_entropy":
        return "Take the logarithm and what comes before together: log_softmax, logsigmoid, or a loss with logits"
    if "div" in name or name == "reciprocal":
        return "denominator.clamp(min=1e-6), or leave such rows out"
    if "softmax" in name:
        return "Leave at least one place of each row unmasked"
    return f"Add 1e-8 before {name}, or clamp(min=1e-8) what it is given"


NAN_LOSS = Rule(
    name="nan_loss",
    title="The loss or its gradient is no number",
    why="A single NaN in a gradient makes every parameter it reaches NaN, and from then on all answers.",
    configuration=True,
    threshold=(
        "Any loss or update that is not finite. It is called a fault of its own where the operation it began at was "
        "given what it is not defined for; grown numbers are the fault of what made them grow."
    ),
    explains=frozenset(
        {
            *("lr_too_high", "lr_too_low", "too_few_epochs", "underfit_capacity", "unscaled_inputs"),
            *("momentum_too_large", "dead_relu", "clip_too_tight", "class_imbalance_majority", "eval_mode_training"),
        }
    ),
    look=look,
)
