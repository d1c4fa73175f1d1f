"""Validation inputs are prepared otherwise than training inputs."""

import torch
from torch import Tensor

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.running import evaluated
from looplab.doctor.task import score

__all__ = ["PREPROCESSING_MISMATCH"]

FAR = 0.35
"""In standard deviations of the training inputs, and as the logarithm of the ratio of spreads."""
GROSS = 1.6
"""The same, of a difference (five times as wide, say) that no other draw of rows explains, whatever it does."""


def look(record: Record) -> Sign | None:
    """Compares means and spreads of what the model is given, and validates once more with them made equal."""
    train, aside = record.fed, record.validation_fed
    if train is None or aside is None or not train.is_floating_point() or train.shape[1:] != aside.shape[1:]:
        return None
    if len(aside) < 8 or len(train) < 8:
        return None
    columns = tuple(range(train.ndim - 1)) if train.ndim == 3 else (0,)
    ours, theirs = _moments(train, columns), _moments(aside, columns)
    moved = ((theirs[0] - ours[0]).abs() / ours[1]).median()
    widened = (theirs[1] / ours[1]).log().abs().median()
    difference = max(float(moved), float(widened))
    if difference < FAR or record.validation_targets is None:
        return None
    same = (aside - theirs[0]) / theirs[1] * ours[1] + ours[0]
    now, then = (_unexplained(record, inputs) for inputs in (aside, same))
    if now is None or then is None or (difference < GROSS and (not then < 0.8 * now or now - then < 0.03)):
        return None
    return Sign(
        evidence=(
            f"What the model is given in validation lies {float(moved):.2g} standard deviations from what it is "
            f"trained "
            f"with, and spreads {float((theirs[1] / ours[1]).median()):.2g} times as wide (medians over the features)."
        ),
        fix="x_validation = (x_validation - x_train.mean(0)) / x_train.std(0)  # the training rows' own numbers",
        confidence=0.93,
        proof=(
            f"With mean and spread of the training inputs the same model leaves {then:.2f} of a constant answer's "
            f"loss on "
            f"the validation rows; as it is, {now:.2f}."
        ),
    )


def _moments(inputs: Tensor, dimensions: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    if inputs.ndim > 3 or (inputs.ndim == 2 and inputs.shape[1] > 30):  # pictures: one scale for all of them
        return inputs.mean(), inputs.std().clamp(min=1e-12)
    spread = inputs.std(dim=dimensions)
    return inputs.mean(dim=dimensions), torch.where(spread > 1e-12, spread, torch.ones_like(spread))


def _unexplained(record: Record, inputs: Tensor) -> float | None:
    outputs = evaluated(record.model, inputs)
    if outputs is None or record.validation_targets is None or len(outputs) != len(record.validation_targets):
        return None
    found = score(outputs, record.validation_targets, record.task)
    return None if found is None else found.unexplained


PREPROCESSING_MISMATCH = Rule(
    name="preprocessing_mismatch",
    title="Validation data are prepared otherwise than training data",
    why="The model is asked about inputs of another scale than those that it has learned from.",
    configuration=True,
    threshold=(
        "A median difference of 0.35 standard deviations in mean or of 40 % in spread, and validation is better "
        "with them equal; or 1.6 standard deviations, or five times the spread, in any case."
    ),
    explains=frozenset({"overfitting", "metric_bug"}),
    look=look,
)
