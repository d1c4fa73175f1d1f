"""The training data are overwritten while they are used."""

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["INPLACE_INPUT_CHANGE"]

FIX = "x = x / 255  # a new tensor, in place of x /= 255 or x.div_(255)"


def look(record: Record) -> Sign | None:
    """Compares each batch's inputs before and after the step, and these and the data before and after the training."""
    if record.parts is None:
        return _watched(record)
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
        fix=FIX,
        confidence=0.97 if lasting else 0.4,
        level="fault" if lasting else "worth a look",
    )


def _watched(record: Record) -> Sign | None:
    """Of a loop that is watched: looks again at batches that the model was given earlier, where they still lie."""
    overwritten, compared = record.batches_overwritten, record.batches_compared
    if not overwritten or 2 * overwritten < compared:
        return None
    return Sign(
        evidence=(
            f"Of {compared} {'batch' if compared == 1 else 'batches'} that {'was' if compared == 1 else 'were'} looked "
            f"at again later, {overwritten} had been overwritten where "
            f"{'it lies' if overwritten == 1 else 'they lie'}, with values that come from those before."
        ),
        fix=FIX,
        confidence=0.85,
        alternatives="a buffer that is filled anew on purpose, with rows much like those before",
    )


INPLACE_INPUT_CHANGE = Rule(
    name="inplace_input_change",
    title="The training overwrites its own inputs",
    why="What a step does to a batch in place is done to the stored rows, and done again in each epoch.",
    configuration=True,
    threshold=(
        "Any batch whose values are others after the step, or after the training; a fault where the stored rows change "
        "with it. Of a loop that is watched: half of up to 16 batches, whose new values correlate with those before by "
        "more than 0.25."
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
