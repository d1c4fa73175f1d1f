"""The training rows are learned by heart."""

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.task import task_of

__all__ = ["OVERFITTING"]

GAP = 0.3
"""Of the constant answer's loss, between validation and training."""
OTHER_SHARES = 0.2
"""Between a class's shares of training and of validation rows: more comes of drawing rows by their class."""


def look(record: Record) -> Sign | None:
    """Compares how well the model does on training and validation rows, both in evaluation mode."""
    known = [(epoch.train, epoch.validation) for epoch in record.epochs if epoch.train and epoch.validation]
    if not known:
        return None
    train, validation = known[-1]
    if train is None or validation is None or not train.unexplained < 0.5 * validation.unexplained:
        return None
    best = min(each.unexplained for _, each in known if each is not None)
    gap = validation.unexplained - train.unexplained
    share = train.share - validation.share
    rising = validation.unexplained > 1.1 * best
    if _is_resampled(record):  # the probabilities are meant to be off on validation rows, and so is the loss
        share, rising = train.balanced - validation.balanced, False
    if gap < GAP or share < 0.08 or not (rising or share > 0.2):
        return None
    name = "R²" if record.task.kind == "regression" else "accuracy"
    return Sign(
        evidence=(
            f"In the end {train.unexplained:.2f} of a constant answer's loss is left on training rows and "
            f"{validation.unexplained:.2f} on validation rows (best {best:.2f}); {name} {train.share:.2f} and "
            f"{validation.share:.2f}."
        ),
        fix="stop at the best validation loss; more rows, weight decay or dropout; a smaller model",
        confidence=0.85 if rising else 0.7,
        alternatives="validation data that are prepared otherwise, or labels that do not belong to their rows",
        series={
            "training": [each.unexplained for each, _ in known if each is not None],
            "validation": [each.unexplained for _, each in known if each is not None],
        },
    )


def _is_resampled(record: Record) -> bool:
    """Whether classes come far more or less often in the training than on the validation rows."""
    if record.validation_targets is None or not record.task.shares:
        return False
    shares = task_of(record.validation_targets).shares
    pairs = zip(record.task.shares, shares, strict=False)
    return len(shares) == len(record.task.shares) and max(abs(one - other) for one, other in pairs) > OTHER_SHARES


OVERFITTING = Rule(
    name="overfitting",
    title="The model learns its training rows by heart",
    why="With room for every row, the loss falls on the training rows by what is true of them alone.",
    configuration=False,
    threshold=(
        "A gap of 0.3 of a constant answer's loss and 0.08 in accuracy or R², and a validation loss that rose by a "
        "tenth, or a gap of 0.2 in accuracy (balanced, where the training's rows were drawn by their class)."
    ),
    look=look,
)
