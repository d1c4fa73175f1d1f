"""The learning rate is too low."""

from looplab.doctor.changes import scaled_updates
from looplab.doctor.effects import helps_much
from looplab.doctor.progress_made import at_start, left, median_update
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["LR_TOO_LOW"]

MUCH_LEFT = 0.4
SMALL_UPDATE = 5e-4
"""Of the parameters' size. About 1e-3 is usual (Karpathy's notes to the course CS231n, 2015)."""


def look(record: Record) -> Sign | None:
    """Tries higher rates on copies, where the parameters hardly move."""
    update = median_update(record)
    if record.trials is None or left(record) < MUCH_LEFT or not 0 < update < SMALL_UPDATE:
        return None
    start = at_start(record)
    before = record.trials.outcome("as it is")
    for usual in (1e-2, 3e-2, 3e-3):
        factor = float(f"{usual / update:.0e}")
        repair = scaled_updates(factor)
        after = record.trials.outcome(repair.name, repair.change)
        if before is None or after is None or not helps_much(before, after):
            continue
        rate = record.steps[0].lr
        came = (
            f" from {start.unexplained:.2f} to {left(record):.2f} of a constant answer's" if start is not None else ""
        )
        return Sign(
            evidence=(
                f"With a rate of {rate:g}, the median update changes the parameters by {100 * update:.1g} % of "
                f"their size, "
                f"and {len(record.steps)} steps brought the loss{came}."
            ),
            fix=f"lr={rate * factor:.2g}",
            confidence=0.85,
            proof=(
                f"With {repair.name}, a copy that was trained as long leaves {after.unexplained:.2f} of the loss of a "
                f"constant answer; with the rate as it is, {before.unexplained:.2f}."
            ),
            alternatives="too few epochs",
            series={"loss": [step.loss for step in record.steps]},
        )
    return None


LR_TOO_LOW = Rule(
    name="lr_too_low",
    title="The learning rate is too low",
    why="Steps are so short that the parameters stay near where they began.",
    configuration=False,
    threshold=(
        "Updates below 0.05 % of the parameters' size, more than 0.4 of the constant answer's loss left, and a "
        "higher rate leaves half of it or less."
    ),
    explains=frozenset({"too_few_epochs", "underfit_capacity", "class_imbalance_majority", "vanishing_gradient"}),
    look=look,
)
