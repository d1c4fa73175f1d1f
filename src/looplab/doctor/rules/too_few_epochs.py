"""The training ends while it still learns."""

from looplab.doctor.changes import more_epochs
from looplab.doctor.effects import CLEAR_SHARE, helps_much
from looplab.doctor.progress_made import is_finite, left, median_update, slope
from looplab.doctor.record import Record
from looplab.doctor.rules.lr_too_low import SMALL_UPDATE
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.trials import Outcome

__all__ = ["TOO_FEW_EPOCHS"]

MUCH_LEFT, TIMES = 0.3, 5
STILL_FALLING = 0.02
"""Share by which the loss of the last quarter of the steps lies below that of the quarter before."""


def look(record: Record) -> Sign | None:
    """Trains a copy for longer, where the loss still falls at the end."""
    whole = len(record.epochs) == record.wished_epochs and is_finite(record)
    if record.trials is None or not whole or left(record) < MUCH_LEFT or slope(record) < STILL_FALLING:
        return None
    if 0 < median_update(record) < SMALL_UPDATE:
        return None  # more steps of this length would not be the remedy
    before = record.trials.outcome("as it is")
    repair = more_epochs(TIMES)
    after = record.trials.outcome(repair.name, repair.change)
    if before is None or after is None or not helps_much(before, after) or not _gains_on_validation(before, after):
        return None
    return Sign(
        evidence=(
            f"After {len(record.steps)} steps the loss still falls: by {100 * slope(record):.0f} % from the third "
            f"quarter "
            f"of the steps to the last, with {left(record):.2f} of a constant answer's loss left."
        ),
        fix=f"epochs = {TIMES * record.wished_epochs}",
        confidence=0.8,
        proof=(
            f"With {repair.name}, a copy leaves {after.unexplained:.2f} of the loss of a constant answer; with "
            f"those that "
            f"there are, {before.unexplained:.2f}."
        ),
        alternatives="a learning rate that is too low",
        series={"loss": [step.loss for step in record.steps]},
    )


def _gains_on_validation(before: Outcome, after: Outcome) -> bool:
    """Whether the time was lacking: rows kept aside gain clearly, too, rather than those of the training alone."""
    if before.validation is None or after.validation is None:
        return True
    return after.validation.unexplained <= CLEAR_SHARE * before.validation.unexplained


TOO_FEW_EPOCHS = Rule(
    name="too_few_epochs",
    title="The training ends too early",
    why="What a model has not yet learned looks like what it cannot learn.",
    configuration=False,
    threshold=(
        "The loss falls by 2 % or more between the last two quarters, and five times the epochs leave half of it or "
        "less, and 0.7 on validation rows."
    ),
    explains=frozenset({"underfit_capacity", "lr_too_low", "class_imbalance_majority"}),
    look=look,
    trial_length=TIMES,
)
