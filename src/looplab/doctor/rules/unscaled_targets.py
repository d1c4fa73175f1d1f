"""The targets of a regression are far from zero, or of another scale than one."""

from looplab.doctor.changes import scaled_targets
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["UNSCALED_TARGETS"]

LARGE, SMALL = 5.0, 0.05


def look(record: Record) -> Sign | None:
    """Looks at mean and spread of the targets, and trains a copy in whose units they are standardized."""
    targets = record.fed_targets if record.fed_targets is not None else record.targets
    if record.task.kind != "regression" or targets is None or left(record) < 0.05:
        return None
    mean, spread = float(targets.double().mean()), float(targets.double().std())
    if not spread > 0 or (SMALL < spread < LARGE and abs(mean) < LARGE):
        return None
    return Sign(
        evidence=f"The targets have mean {mean:.3g} and standard deviation {spread:.3g}; outputs begin near 0.",
        fix="y = (y - y_train.mean()) / y_train.std()  # and back again for predictions",
        confidence=0.9,
        repair=scaled_targets(mean, spread),
        must_help=True,
    )


UNSCALED_TARGETS = Rule(
    name="unscaled_targets",
    title="The targets are not scaled",
    why="The model first has to move its outputs to where the targets are; their scale scales the gradients, too.",
    configuration=True,
    threshold="A mean beyond 5, or a standard deviation above 5 or below 0.05, and standardized targets help clearly.",
    explains=frozenset(
        {
            "lr_too_high",
            "lr_too_low",
            "nan_loss",
            "dead_relu",
            "saturated_activation",
            "exploding_gradient",
            "too_few_epochs",
            "underfit_capacity",
            "loss_scale_wrong",
            "clip_too_tight",
        }
    ),
    look=look,
)
