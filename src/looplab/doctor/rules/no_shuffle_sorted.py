"""The batches come in the order of their classes."""

import torch
from torch import Tensor

from looplab.doctor.changes import shuffled_rows
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["NO_SHUFFLE_SORTED"]

FEW_CHANGES = 0.25
"""Of those that rows in random order have from one to the next."""


def look(record: Record) -> Sign | None:
    """Counts how often the class changes from row to row, and the batches that hold one class."""
    if record.targets is None or len(record.batch_rows) < 4 or len(record.targets) != sum(record.batch_rows):
        return None
    if record.task.kind == "regression":
        return _sorted_numbers(record, record.targets)
    labels = _labels(record, record.targets)
    if labels is None or max(record.task.shares) > 0.9:
        return None
    changes = float((labels[1:] != labels[:-1]).double().mean())
    expected = 1 - sum(share**2 for share in record.task.shares)
    batches = labels.split(record.batch_rows)
    pure = sum(len(batch.unique()) == 1 for batch in batches)
    by_chance = sum(sum(share ** len(batch) for share in record.task.shares) for batch in batches)
    in_blocks = pure >= 0.5 * len(batches) and pure > 3 * by_chance + 2
    if not (changes < FEW_CHANGES * expected or in_blocks):
        return None
    return Sign(
        evidence=(
            f"{pure} of the first epoch's {len(batches)} batches hold a single class; from row to row the class "
            f"changes in "
            f"{100 * changes:.1f} % of cases, in random order it would in {100 * expected:.0f} %."
        ),
        fix="DataLoader(…, shuffle=True)",
        confidence=0.93,
        repair=shuffled_rows(),
        series={"class by row": labels[:2000].tolist()},
    )


def _labels(record: Record, targets: Tensor) -> Tensor | None:
    if targets.ndim == 2 and targets.shape[1] > 1:
        return targets.argmax(dim=1) if record.task.kind == "multiclass" and targets.is_floating_point() else None
    return targets.flatten() if targets.numel() == len(targets) else None


def _sorted_numbers(record: Record, targets: Tensor) -> Sign | None:
    values = targets.reshape(len(targets), -1)[:, 0].double()
    spread = float(values.var())
    if not spread > 0 or len(values) < 50:
        return None
    within = torch.stack([batch.var(unbiased=False) for batch in values.split(record.batch_rows) if len(batch) > 1])
    share = float(within.mean()) / spread if len(within) else 1.0
    if share > 0.15:
        return None
    return Sign(
        evidence=(
            f"Within a batch the targets vary {100 * share:.0f} % as much as among all rows: the rows are sorted by "
            f"them."
        ),
        fix="DataLoader(…, shuffle=True)",
        confidence=0.9,
        repair=shuffled_rows(),
        must_help=True,
        series={"target by row": values[:2000].tolist()},
    )


NO_SHUFFLE_SORTED = Rule(
    name="no_shuffle_sorted",
    title="The batches come in the order of the classes",
    why="Each stretch of batches teaches its own class, and makes the model forget those before.",
    configuration=True,
    threshold=(
        "The class changes from row to row a quarter as often as in random order, or half of the batches hold one "
        "class."
    ),
    explains=frozenset(
        {
            "lr_too_high",
            "underfit_capacity",
            "class_imbalance_majority",
            "overfitting",
            "momentum_too_large",
            "dead_relu",
            "too_few_epochs",
            "lr_too_low",
        }
    ),
    look=look,
)
