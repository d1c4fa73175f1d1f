"""The model always names the most frequent class."""

from looplab.doctor.changes import balanced_rows
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["CLASS_IMBALANCE_MAJORITY"]

IMBALANCED = 0.65
"""Share of the most frequent class from which naming it alone is tempting; with more classes, three times the "
"mean share."""


def look(record: Record) -> Sign | None:
    """Looks at the answers on the training rows, and trains a copy in which each class comes equally often."""
    most = max(record.task.shares, default=0.0)
    end = record.epochs[-1].train if record.epochs else None
    if end is None or record.trials is None or record.task.classes < 2:
        return None
    classes = sum(share > 0 for share in record.task.shares)
    if most < min(IMBALANCED, 3 / classes) or end.answers < 0.97 or end.balanced > 1 / classes + 0.15:
        return None
    repair = balanced_rows()
    after = record.trials.outcome(repair.name, repair.change)
    if after is None or after.train is None or after.train.balanced < end.balanced + 0.15:
        return None
    return Sign(
        evidence=(
            f"{100 * most:.0f} % of the rows are of one class, and the model gives that answer for "
            f"{100 * end.answers:.0f} % "
            f"of them: accuracy {end.share:.2f}, but mean recall of the classes {end.balanced:.2f}."
        ),
        fix=(
            "loss_fn = nn.CrossEntropyLoss(weight=1 / class_counts)  # or a WeightedRandomSampler; report balanced "
            "accuracy"
        ),
        confidence=0.88,
        proof=f"With {repair.name}, a copy reaches a mean recall of {after.train.balanced:.2f}.",
    )


CLASS_IMBALANCE_MAJORITY = Rule(
    name="class_imbalance_majority",
    title="The model always names the most frequent class",
    why="Where one class is frequent, naming it alone is right most of the time, and the loss has little left to gain.",
    configuration=False,
    threshold=(
        "97 % of the answers are one class of at least 65 % of the rows, and classes drawn equally often raise the "
        "mean recall by 0.15."
    ),
    explains=frozenset({"lr_too_low", "too_few_epochs", "underfit_capacity"}),
    look=look,
)
