"""The learning rate is too high."""

import math

from looplab.doctor.changes import scaled_updates
from looplab.doctor.effects import helps_much
from looplab.doctor.progress_made import is_finite, left, median_update
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["LR_TOO_HIGH"]

MUCH_LEFT = 0.15
"""Of the constant answer's loss: below it, a training is not called broken for its rate."""


def look(record: Record) -> Sign | None:
    """Tries lower rates on copies, where the training has not come far."""
    if record.trials is None or left(record) < MUCH_LEFT:
        return None
    finite = is_finite(record)
    before = record.trials.outcome("as it is")
    for factor in (0.1, 0.01):
        repair = scaled_updates(factor)
        after = record.trials.outcome(repair.name, repair.change)
        if before is None or after is None or not helps_much(before, after):
            continue
        update = median_update(record)
        rate = record.steps[0].lr
        was = f"{before.unexplained:.2f}" if math.isfinite(before.unexplained) else "no number"
        return Sign(
            evidence=(
                f"With a rate of {rate:g}, "
                f"{'the loss became infinite or NaN' if not finite else 'the loss jumps'}; the "
                f"median update changes the parameters by {100 * update:.2g} % of their size."
            ),
            fix=f"lr={rate * factor:.2g}",
            confidence=0.75 if finite else 0.85,
            proof=(
                f"With {repair.name}, a copy that was trained as long leaves {after.unexplained:.2f} of the loss of a "
                f"constant answer; with the rate as it is, {was}."
            ),
            alternatives="inputs or targets that are not scaled, or a loss that is a sum where a mean is meant",
            series={"loss": [step.loss for step in record.steps]},
        )
    return None


LR_TOO_HIGH = Rule(
    name="lr_too_high",
    title="The learning rate is too high",
    why="Each step goes past the minimum, so that the loss jumps about or grows until it is no number.",
    configuration=False,
    threshold=(
        "More than 0.15 of the constant answer's loss is left, and a tenth or a hundredth of the rate leaves less "
        "than half of that."
    ),
    explains=frozenset(
        {
            "dead_relu",
            "saturated_activation",
            "underfit_capacity",
            "class_imbalance_majority",
            "too_few_epochs",
        }
    ),
    look=look,
)
