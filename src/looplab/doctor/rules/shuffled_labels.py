"""The labels do not belong to their rows."""

from looplab.doctor.predictability import predictability
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["SHUFFLED_LABELS"]

NEAR_CHANCE = 0.15
"""Of the way from chance to perfect: further, the net itself has found something that holds on validation rows."""


def look(record: Record) -> Sign | None:
    """Asks whether any learner can tell the targets from the inputs, where the net cannot."""
    if record.inputs is None or record.targets is None or not record.epochs or _net_knows(record):
        return None
    found = predictability(record.inputs, record.targets, record.task)
    if found is None or found.is_there or found.rows < 100:
        return None
    aside = None
    if record.validation_inputs is not None and record.validation_targets is not None:
        aside = predictability(record.validation_inputs, record.validation_targets, record.task)
    told = aside is not None and aside.is_there
    evidence = (
        f"From these {found.rows} training rows neither a linear model nor nearest neighbours nor trees can tell "
        f"the targets "
        f"of other rows: {found.name} {found.share:.2f}, by chance {found.chance:.2f}."
    )
    if told and aside is not None:
        evidence += f" Among validation rows they can: {aside.share:.2f}."
    return Sign(
        evidence=evidence,
        fix="x, y = x[order], y[order]  # the same order for both",
        confidence=0.95 if told else 0.7,
        alternatives=""
        if told
        else "inputs that say nothing about the targets, or only in a way that these learners miss",
    )


def _net_knows(record: Record) -> bool:
    """Whether the net does better than chance on validation rows, at its best."""
    shares = [epoch.validation.share for epoch in record.epochs if epoch.validation is not None]
    if not shares:
        train = record.epochs[-1].train
        return train is not None and record.task.kind != "regression" and train.share > 0.9 and len(record.steps) < 50
    chance = max(record.task.shares, default=0.0)
    return max(shares) > chance + NEAR_CHANCE * (1 - chance)


SHUFFLED_LABELS = Rule(
    name="shuffled_labels",
    title="The labels do not belong to their inputs",
    why="What is learned of such rows is learned by heart, and holds for no others.",
    configuration=True,
    threshold=(
        "No learner of three is more than three standard deviations above chance (R² 0.09), nor the net above 15 % "
        "of the way."
    ),
    explains=frozenset(
        {
            "overfitting",
            "underfit_capacity",
            "lr_too_low",
            "too_few_epochs",
            "lr_too_high",
            "class_imbalance_majority",
            "vanishing_gradient",
            "dead_relu",
        }
    ),
    look=look,
)
