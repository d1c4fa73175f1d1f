"""The number that is reported is not what it is taken for."""

import math

import torch
from torch import Tensor

from looplab.doctor.known_metrics import known_metrics
from looplab.doctor.modes import layers_with_modes
from looplab.doctor.parts import Parts
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.running import evaluated, quiet

__all__ = ["METRIC_BUG"]

TOLERANCE = 0.02


def look(record: Record) -> Sign | None:
    """Asks for the report on the true targets, on the model's own answers, and on targets in another order.

    One usual metric should agree with all three; by chance a wrong report agrees with some metric on one of them.
    """
    parts, targets = record.parts, record.validation_targets
    if parts is None or parts.validate is None or targets is None or not record.epochs:
        return None
    reported, mode = record.epochs[-1].reported, record.epochs[-1].validated_in_training_mode
    if not math.isfinite(reported) or mode is None or (mode and layers_with_modes(record)):
        return None  # no number, that of another model, such as an average, or one that chance has a part in
    outputs = _outputs(record, targets)
    if outputs is None or not bool(torch.isfinite(outputs).all()):
        return None
    true = known_metrics(outputs, targets, record.task)
    fitting = {name for name, value in true.items() if _equal(reported, value)}
    others = {
        "the model's own answers": _answers(record, outputs, targets),
        "targets in another order": targets.roll(1, 0),
    }
    said: dict[str, float] = {}
    for words, changed in others.items():
        if changed is None or len(changed.unique()) < 2:  # no metric means much where all targets are the same
            continue
        value = _report(record, parts, changed)
        if value is None:
            continue
        said[words] = value
        fitting &= {name for name, each in known_metrics(outputs, changed, record.task).items() if _equal(value, each)}
    if fitting or not true or not said:
        return None
    name, value = next(iter(true.items()))
    ideal = said.get("the model's own answers")
    own_metric = ideal is not None and ideal >= max(reported, *said.values()) and abs(ideal - 1) < 1e-3
    asked = "; ".join(f"on {words} it is {each:.4g}" for words, each in said.items())
    return Sign(
        evidence=f"Reported was {reported:.4g}, {name} of the same model on the same rows is {value:.4g}; {asked}. "
        "No usual metric gives these numbers.",
        fix="compare shapes: outputs.argmax(dim=1) == y, both of shape (N,), and divide by the number of rows",
        confidence=0.6 if own_metric and abs(reported - value) < 0.1 else 0.9,
        level="worth a look" if own_metric and abs(reported - value) < 0.1 else "fault",
        alternatives="a metric of your own, on a scale that is not known here",
    )


def _outputs(record: Record, targets: Tensor) -> Tensor | None:
    for inputs in (record.validation_fed, record.validation_inputs):
        if inputs is not None and len(inputs) == len(targets):
            return evaluated(record.model, inputs)
    return None


def _answers(record: Record, outputs: Tensor, targets: Tensor) -> Tensor | None:
    """The model's own answers, in the form of targets."""
    if record.task.kind == "regression":
        return outputs.reshape(targets.shape) if outputs.numel() == targets.numel() else None
    if outputs.numel() == targets.numel():
        middle = 0.5 if bool(((outputs >= 0) & (outputs <= 1)).all()) else 0.0
        return (outputs > middle).reshape(targets.shape).to(targets.dtype)
    if outputs.ndim == targets.ndim + 1 and outputs.shape[:-1] == targets.shape:
        return outputs.argmax(dim=-1).to(targets.dtype)
    return None


def _report(record: Record, parts: Parts, targets: Tensor) -> float | None:
    """What `validate` says of the trained model with other targets."""
    copy = parts.copied()
    if copy.validate is None or copy.validation is None:
        return None
    copy.model.load_state_dict(record.model.state_dict())
    try:
        with quiet():
            return float(copy.validate(copy.model, copy.validation[0], targets))
    except Exception:  # noqa: BLE001  # the person's own code
        return None


def _equal(reported: float, value: float) -> bool:
    return any(abs(reported - scale * value) <= TOLERANCE * max(abs(scale * value), 0.1 * scale) for scale in (1, 100))


METRIC_BUG = Rule(
    name="metric_bug",
    title="The reported number is computed wrongly",
    why="A wrong report hides whether the model learns at all.",
    configuration=True,
    threshold=(
        "No usual metric of outputs and targets comes within 2 % of the report, and it is not 1 where the answers "
        "are the targets."
    ),
    look=look,
)
