"""The inputs are raw: far from zero, or of scales that differ."""

import torch
from torch import Tensor

from looplab.doctor.changes import scaled_inputs
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["UNSCALED_INPUTS"]

LARGE, SMALL, UNLIKE = 5.0, 0.05, 30.0
MANY = 30
FEW = 0.25
"""Of many features, the share that may be nearly constant, as pixels at the edge of a picture are, and does no harm."""
MUCH_LEFT = 0.15
"""Of the constant answer's loss: below it, a training is not called broken for its inputs."""


def look(record: Record) -> Sign | None:
    """Looks at size and spread of what the model is given, and trains a copy with standardized inputs."""
    inputs = record.fed
    if inputs is None or not inputs.is_floating_point() or inputs.ndim < 2 or left(record) < MUCH_LEFT:
        return None
    mean, spread = _moments(inputs)
    size = float(inputs.square().mean().sqrt())
    known = spread[spread > 0]
    if not len(known):
        return None
    least = float(known.quantile(FEW) if len(known) > MANY else known.min())
    ratio = float(known.max()) / least
    away = float((mean.abs() / spread.clamp(min=1e-12))[spread > 0].max())
    if not (size > LARGE or size < SMALL or ratio > UNLIKE or away > LARGE):
        return None
    shape = (1, -1) if inputs.ndim == 2 else (1, 1, -1) if inputs.ndim == 3 else (1, -1, *[1] * (inputs.ndim - 2))
    safe = torch.where(spread > 0, spread, torch.ones_like(spread))
    return Sign(
        evidence=(
            f"The model is given inputs of root mean square {size:.3g}; the features' standard deviations go from "
            f"{float(known.min()):.2g} to {float(known.max()):.2g}, and a mean lies up to {away:.2g} of them from zero."
        ),
        fix="x = (x - x_train.mean(0)) / x_train.std(0)",
        confidence=0.88,
        repair=scaled_inputs(mean.reshape(shape), safe.reshape(shape)),
        must_help=True,
    )


def _moments(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread of each feature: a column, the last dimension of a sequence, a channel of pictures."""
    dimensions = (0, *range(2, inputs.ndim)) if inputs.ndim > 3 else tuple(range(inputs.ndim - 1))
    return inputs.mean(dim=dimensions), inputs.std(dim=dimensions)


UNSCALED_INPUTS = Rule(
    name="unscaled_inputs",
    title="The inputs are not scaled",
    why="Large or unlike inputs make the loss steep in some directions and flat in others: no learning rate fits both.",
    configuration=True,
    threshold=(
        "A root mean square above 5 or below 0.05, spreads 30 times apart (of more than 30 features, without the "
        "quarter that varies least), or a mean 5 spreads from zero; more than 0.15 of the constant answer's loss left; "
        "and standardized inputs help clearly."
    ),
    explains=frozenset(
        {
            "lr_too_high",
            "lr_too_low",
            "nan_loss",
            "dead_relu",
            "exploding_gradient",
            "vanishing_gradient",
            "too_few_epochs",
            "class_imbalance_majority",
            "unscaled_targets",
        }
    ),
    look=look,
)
