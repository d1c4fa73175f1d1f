"""Weight decay pulls the weights to zero."""

import torch

from looplab.doctor.changes import option, textbook
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["WEIGHT_DECAY_TOO_LARGE"]

MUCH_LEFT = 0.3
"""Of a constant answer's loss. Decay costs training loss by intention: healthy trainings drawn at random, with one of
0.01, left up to 0.26 (`benchmarks/doctor_alarms.py --first 0 --settings 60`), and half of that without it."""


def look(record: Record) -> Sign | None:
    """Looks at the optimizer's option and at the size of the weights, and trains a copy without decay."""
    if left(record) < MUCH_LEFT or len(record.steps) < 2:
        return None
    decay = max((float(group.get("weight_decay") or 0.0) for group in record.optimizer.param_groups), default=0.0)
    first, last = record.steps[0].weights, record.steps[-1].weights
    large = torch.tensor([parameter.ndim > 1 for parameter in record.model.parameters()], dtype=torch.bool)
    shrunk = (
        float((last[large].square().sum() / first[large].square().sum().clamp(min=1e-30)).sqrt())
        if large.any()
        else 1.0
    )
    decoupled = type(record.optimizer).__name__ in {"AdamW", "NAdamW", "Lion"}
    if decay < (0.2 if decoupled else 3e-3):
        penalty = _penalty(record)
        if shrunk > 0.5 or penalty < 0.1:
            return None
        return Sign(
            evidence=(
                f"The weights shrank to {100 * shrunk:.0f} % of their first size, though the optimizer decays none."
            ),
            fix="loss = loss_fn(outputs, targets) + 1e-4 * penalty  # or none at all",
            confidence=0.75,
            repair=textbook(),
            must_help=True,
        )
    return Sign(
        evidence=f"weight_decay is {decay:g}; the weights went to {100 * shrunk:.0f} % of their first size.",
        fix="weight_decay=0.01" if decoupled else "weight_decay=1e-4",
        confidence=0.9,
        repair=option("no weight decay", weight_decay=0.0),
        must_help=True,
    )


def _penalty(record: Record) -> float:
    """By which share the returned loss is larger than the loss that was computed from outputs and targets."""
    values = [float(call.value) for call in record.losses if call.value.numel() == 1]
    if not values or not values[0] > 0 or not record.steps[0].loss > 0:
        return 0.0
    return record.steps[0].loss / values[0] - 1


WEIGHT_DECAY_TOO_LARGE = Rule(
    name="weight_decay_too_large",
    title="The weight decay is too large",
    why=(
        "Each step pulls the weights towards zero; where this outweighs the gradient, the model answers the same "
        "for all rows."
    ),
    configuration=True,
    threshold=(
        "A decay of 0.2 (decoupled) or 0.003 (added to the gradient), or weights at half their size; more than 0.3 of"
        " the constant answer's loss left, and without the decay a copy leaves half of that."
    ),
    explains=frozenset(
        {
            "underfit_capacity",
            "vanishing_gradient",
            "lr_too_low",
            "class_imbalance_majority",
            "dead_relu",
            "too_few_epochs",
            "lr_too_high",
        }
    ),
    look=look,
)
