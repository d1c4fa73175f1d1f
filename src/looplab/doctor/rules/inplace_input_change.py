"""The training data are overwritten while they are used."""

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["INPLACE_INPUT_CHANGE"]


def look(record: Record) -> Sign | None:
    """Compares each batch's inputs before and after the step, and these and the data before and after the training."""
    changed = [step for step in record.steps if step.inputs_changed]
    lasting = record.data_changed
    if not changed and not lasting:
        return None
    evidence = f"In {len(changed)} of {len(record.steps)} steps the batch's inputs were others afterwards than before"
    if not changed:
        evidence = "What the first epoch's batches held is no longer there when the training ends"
    return Sign(
        evidence=f"{evidence}, and so are the data after the training."
        if lasting
        else f"{evidence}; the data are not.",
        fix="x = x / 255  # a new tensor, in place of x /= 255 or x.div_(255)",
        confidence=0.97 if lasting else 0.4,
        level="fault" if lasting else "worth a look",
    )


INPLACE_INPUT_CHANGE = Rule(
    name="inplace_input_change",
    title="The training overwrites its own inputs",
    why="What a step does to a batch in place is done to the stored rows, and done again in each epoch.",
    configuration=True,
    threshold=(
        "Any batch whose values are others after the step, or after the training; a fault where the stored rows change "
        "with it."
    ),
    explains=frozenset(
        {
            "preprocessing_mismatch",
            "overfitting",
            "unscaled_inputs",
            "lr_too_low",
            "underfit_capacity",
            "too_few_epochs",
            "vanishing_gradient",
            "class_imbalance_majority",
            "lr_too_high",
            "exploding_gradient",
            "nan_loss",
        }
    ),
    look=look,
)
