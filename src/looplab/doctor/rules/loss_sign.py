"""The loss is maximized."""

import math

from looplab.doctor.changes import scaled_updates
from looplab.doctor.effects import helps
from looplab.doctor.progress_made import at_start, left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.true_loss import loss_factor

__all__ = ["LOSS_SIGN"]


def look(record: Record) -> Sign | None:
    """Looks at the sign of what is differentiated, and tries updates the other way round where the model gets worse."""
    if record.trials is None:
        return None
    start, factor = at_start(record), loss_factor(record)
    negative = factor is not None and factor.factor < 0
    worse = start is None or left(record) > 1.2 * start.unexplained
    if not (negative or worse) or (factor is not None and factor.factor > 0):
        return None
    repair = scaled_updates(-1)
    before = record.trials.outcome("as it is")
    after = record.trials.outcome(repair.name, repair.change)
    if before is None or after is None or not helps(before, after):
        return None
    was = f"{before.unexplained:.2f}" if math.isfinite(before.unexplained) else "no number"
    return Sign(
        evidence=(
            f"What is differentiated is {factor.factor:.3g} times {factor.name}."
            if negative and factor is not None
            else "With each epoch the model gets worse on the rows it is trained with."
        ),
        fix="loss.backward()  # of the loss itself, not of its negative",
        confidence=0.95 if negative else 0.85,
        proof=(
            f"With {repair.name}, a copy leaves {after.unexplained:.2f} of the loss of a constant answer; as it "
            f"is, {was}."
        ),
        series={"loss": [step.loss for step in record.steps]},
    )


LOSS_SIGN = Rule(
    name="loss_sign",
    title="The loss is maximized",
    why=(
        "The optimizer goes down the slope of what is differentiated; with the sign turned, it goes up that of the "
        "loss."
    ),
    configuration=True,
    threshold="A negative factor, or a model that gets worse by a fifth; and updates turned round help.",
    explains=frozenset(
        {
            "lr_too_high",
            "nan_loss",
            "exploding_gradient",
            "dead_relu",
            "loss_scale_wrong",
            "underfit_capacity",
            "saturated_activation",
            "wrong_loss",
        }
    ),
    look=look,
)
