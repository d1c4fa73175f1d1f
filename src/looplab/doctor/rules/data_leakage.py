"""Rows of the validation data are training rows as well."""

import math
from collections import Counter

import torch
from torch import Tensor

from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["DATA_LEAKAGE"]

LEAST_SHARE = 0.05
"""Of the validation rows."""
OWN_VALUE = 16.0
"""Natural logarithm of how many values a number may have that no other row has: float32 has 24 bits, or 16.6."""
MOST_COLUMNS = 1000


def look(record: Record) -> Sign | None:
    """Looks for validation rows among the training rows, but for those that are likely to be equal by chance."""
    train, aside = record.inputs, record.validation_inputs
    if train is None or aside is None or train.shape[1:] != aside.shape[1:] or not len(aside):
        return None
    if train.dtype != aside.dtype:
        return None
    known = Counter(_rows(train))
    telling = dict(zip(_rows(train), _surprise(train, known), strict=True))
    needed = math.log(10 * len(train) * len(aside))  # of the surprise, so that chance makes a tenth of an equal pair
    again = sum(telling.get(row, 0.0) > needed for row in _rows(aside))
    share = again / len(aside)
    if share < LEAST_SHARE or again < 3:
        return None
    return Sign(
        evidence=(
            f"{again} of {len(aside)} validation rows ({100 * share:.0f} %) are training rows, too, value for value, "
            "and have values that rows seldom share by chance."
        ),
        fix="train_test_split(x, y)  # once, before anything is copied or drawn from the rows",
        confidence=0.95,
        alternatives="things that were measured several times, which are equal because they are the same",
    )


def _rows(inputs: Tensor) -> list[bytes]:
    return [row.tobytes() for row in inputs.detach().cpu().contiguous().reshape(len(inputs), -1).numpy()]


def _surprise(inputs: Tensor, known: Counter[bytes]) -> list[float]:
    """For each row minus the logarithm of how likely another has its values, were the columns independent.

    A row that holds one value throughout, as a silent series does, tells nothing: 0.
    """
    columns = inputs.detach().cpu().reshape(len(inputs), -1)[:, :MOST_COLUMNS]
    copies = torch.tensor([known[row] for row in _rows(inputs)])
    total = torch.zeros(len(inputs), dtype=torch.float64)
    for column in columns.T:
        _, values, counts = column.unique(return_inverse=True, return_counts=True)
        frequent = -(counts[values].double() / len(inputs)).log()
        total += torch.where(counts[values] <= copies, torch.full_like(frequent, OWN_VALUE), frequent)
    if columns.shape[1] > 1:
        total[(columns == columns[:, :1]).all(dim=1)] = 0.0
    return total.tolist()


DATA_LEAKAGE = Rule(
    name="data_leakage",
    title="Validation rows are among the training rows",
    why="On rows that were trained with, a model shows what it remembers, not what it has understood.",
    configuration=True,
    threshold=(
        "At least 5 % of the validation rows, of those whose values are so rare among the training rows that chance "
        "would make a tenth of an equal pair."
    ),
    look=look,
)
