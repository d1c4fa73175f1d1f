"""Validation runs in training mode."""

from looplab.doctor.modes import layers_with_modes
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["VAL_IN_TRAIN_MODE"]


def look(record: Record) -> Sign | None:
    """Looks at the model's mode when `validate` calls it."""
    validated = [epoch for epoch in record.epochs if epoch.validated_in_training_mode is not None]
    wrong = [epoch for epoch in validated if epoch.validated_in_training_mode]
    layers = layers_with_modes(record)
    if not wrong or len(wrong) < 0.5 * len(validated) or not layers:
        return None
    return Sign(
        evidence=(
            f"In {len(wrong)} of {len(validated)} validations the model was in training mode, in which "
            f"{', '.join(layers[:3])} "
            "work otherwise: rows are dropped at random, or normalized by those beside them."
        ),
        fix="model.eval()  # before validating, and model.train() afterwards",
        confidence=0.97,
    )


VAL_IN_TRAIN_MODE = Rule(
    name="val_in_train_mode",
    title="The model is validated in training mode",
    why="Dropout and batch norm work otherwise in training, so that the reported number is not that of the model.",
    configuration=True,
    threshold="Training mode in at least half of the validations, of a model in which it makes a difference.",
    explains=frozenset({"metric_bug"}),
    look=look,
)
