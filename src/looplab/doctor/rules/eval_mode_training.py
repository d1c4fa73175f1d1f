"""The model is trained in evaluation mode."""

from looplab.doctor.modes import layers_with_modes
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["EVAL_MODE_TRAINING"]


def look(record: Record) -> Sign | None:
    """Looks at the model's mode in each step; the first epoch may still be right."""
    known = [step for step in record.steps if step.in_training_mode is not None]
    later = [step for step in known if step.epoch > 0] or known
    wrong = [step for step in later if step.in_training_mode is False]
    layers = layers_with_modes(record)
    if not wrong or len(wrong) < 0.8 * len(later) or not layers:
        return None
    first = next(step for step in known if step.in_training_mode is False)
    return Sign(
        evidence=(
            f"From step {first.index} (epoch {first.epoch}) on the model was in evaluation mode: "
            f"{', '.join(layers[:3])} "
            "then drop nothing, and normalize by running averages that are never updated."
        ),
        fix="model.train()  # at the beginning of each epoch",
        confidence=0.95,
        alternatives="layers that are kept in evaluation mode on purpose while a trained model is fine-tuned",
    )


EVAL_MODE_TRAINING = Rule(
    name="eval_mode_training",
    title="The model is trained in evaluation mode",
    why="Dropout drops nothing, so that nothing is regularized, and batch norm's averages stay where they were.",
    configuration=True,
    threshold=(
        "Evaluation mode in at least 80 % of the steps after the first epoch (of all, if there is one), in a model "
        "where it matters."
    ),
    explains=frozenset({"overfitting", "exploding_gradient", "lr_too_high"}),
    look=look,
)
