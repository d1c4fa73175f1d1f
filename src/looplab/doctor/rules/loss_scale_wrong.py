"""The loss is multiplied or summed so that its gradients do not fit the learning rate."""

from looplab.doctor.changes import scaled_gradients
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.true_loss import loss_factor

__all__ = ["LOSS_SCALE_WRONG"]

LARGE = 4.0


def look(record: Record) -> Sign | None:
    """Compares what is differentiated with the mean over rows, and tries the mean."""
    found = loss_factor(record)
    if found is None or found.factor <= 0 or 1 / LARGE < found.factor < LARGE or left(record) < 0.1:
        return None
    rows = record.steps[0].rows
    summed = abs(found.factor - rows) < 1e-3 * rows
    return Sign(
        evidence=(
            f"What is differentiated is {found.factor:.3g} times the mean of {found.name} over the rows"
            f"{f': the sum over a batch of {rows}' if summed else ''}."
        ),
        fix="reduction='mean'"
        if summed
        else "loss_fn(outputs, targets).backward()  # the mean over the rows, unscaled",
        confidence=0.9,
        repair=scaled_gradients(1 / found.factor),
        must_help=True,
        alternatives="a learning rate that was not chosen for this loss",
    )


LOSS_SCALE_WRONG = Rule(
    name="loss_scale_wrong",
    title="The loss is scaled wrongly",
    why=(
        "A loss that is c times as large makes c times as large gradients: the learning rate is then c times too "
        "high or low."
    ),
    configuration=True,
    threshold="A factor of 4 or more either way, and the mean in its place helps clearly.",
    explains=frozenset(
        {
            "lr_too_high",
            "lr_too_low",
            "nan_loss",
            "exploding_gradient",
            "dead_relu",
            "too_few_epochs",
            "underfit_capacity",
            "saturated_activation",
            "vanishing_gradient",
            "clip_too_tight",
        }
    ),
    look=look,
)
