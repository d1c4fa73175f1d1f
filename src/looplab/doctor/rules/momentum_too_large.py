"""Momentum is so near to one that the training overshoots for hundreds of steps."""

from looplab.doctor.changes import option
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["MOMENTUM_TOO_LARGE"]

LARGE = 0.97


def look(record: Record) -> Sign | None:
    """Looks at the optimizer's options, and tries the usual 0.9."""
    groups = record.optimizer.param_groups
    sgd = max((float(group.get("momentum") or 0.0) for group in groups), default=0.0)
    adam = max((float(group["betas"][0]) for group in groups if "betas" in group), default=0.0)
    momentum = max(sgd, adam)
    if momentum < LARGE or left(record) < 0.1:
        return None
    usual = option("a momentum of 0.9", momentum=0.9) if sgd >= adam else _first_beta(record)
    name = "momentum" if sgd >= adam else "the first of betas"
    return Sign(
        evidence=(
            f"{name} is {momentum:g}: each gradient acts on in the {1 / (1 - min(momentum, 0.99999)):,.0f} steps "
            f"that follow, "
            f"and {len(record.steps)} were looked at."
        ),
        fix="momentum=0.9" if sgd >= adam else "betas=(0.9, 0.999)",
        confidence=0.85,
        repair=usual,
        must_help=True,
        alternatives="a learning rate that is too high for this momentum",
        series={"loss": [step.loss for step in record.steps]},
    )


def _first_beta(record: Record) -> Repair:
    second = next(group["betas"][1] for group in record.optimizer.param_groups if "betas" in group)
    return option("a first beta of 0.9", betas=(0.9, second))


MOMENTUM_TOO_LARGE = Rule(
    name="momentum_too_large",
    title="The momentum is too large",
    why="Updates add up over 1/(1 - momentum) steps; near one, they go on in a direction long after it was wrong.",
    configuration=True,
    threshold="Momentum of 0.97 or more, more than 0.1 of the constant answer's loss left, and 0.9 helps clearly.",
    explains=frozenset(
        {
            "lr_too_high",
            "nan_loss",
            "exploding_gradient",
            "dead_relu",
            "too_few_epochs",
            "underfit_capacity",
            "saturated_activation",
        }
    ),
    look=look,
)
