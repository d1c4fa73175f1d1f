"""BatchNorm over one, two or few rows."""

import math
from typing import Any

from torch.nn import functional

from looplab.doctor.answers import lineage_of
from looplab.doctor.lineage import layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_step_patched
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["BATCHNORM_TINY_BATCH"]

TINY, SMALL = 2, 4
"""Rows. Wu and He (Group Normalization, 2018) see BatchNorm's error grow from 8 rows down, and fast at 2."""


def look(record: Record) -> Sign | None:
    """Looks how many rows each BatchNorm takes its mean and variance from."""
    if isinstance(record.error, ValueError) and "more than 1 value per channel" in str(record.error):
        return Sign(
            evidence=f"BatchNorm refused a batch of one row: {record.error}.",
            fix="DataLoader(…, drop_last=True), or larger batches",
            confidence=0.97,
        )
    found = [record.operations[index] for index in sorted(lineage_of(record).to_loss())]
    norms = [each for each in found if each.name == "batch_norm" and _takes_batch(each)]
    if not norms:
        return None
    least = min(norms, key=_values)
    rows = least.shapes[0][0]
    usual = sorted(record.batch_rows)[len(record.batch_rows) // 2] if record.batch_rows else rows
    if rows > SMALL or (usual > SMALL and rows == record.batch_rows[0]):
        return None
    values = _values(least)
    return Sign(
        evidence=(
            f"BatchNorm in {layer_name(least)} takes mean and variance of each of {least.shapes[0][1]} channels from "
            f"{rows} {'row' if rows == 1 else 'rows'}{f' ({values} values)' if values > rows else ''}."
        ),
        fix="Batches of 16 rows or more; or nn.GroupNorm or nn.LayerNorm, which take no other rows into account",
        confidence=0.95 if values <= TINY else 0.85,
        repair=Repair(name="running means in place of the batch's own", change=_mended),
        must_help=values > TINY,
    )


def _takes_batch(operation: Operation) -> bool:
    training = operation.arguments.get(5, operation.arguments.get("training", False))
    return bool(training) and bool(operation.shapes) and len(operation.shapes[0]) >= 2


def _values(operation: Operation) -> int:
    """The numbers that a channel's mean is taken of: rows, times the places of a picture or a series."""
    return math.prod((operation.shapes[0][0], *operation.shapes[0][2:]))


def _mended(parts: Parts) -> Parts:
    def handler(call: Call) -> Any:
        mean, variance = call.argument(1, "running_mean"), call.argument(2, "running_var")
        if call.name != "batch_norm" or not call.argument(5, "training", False) or mean is None or variance is None:
            return call.result()
        call.result()  # which updates the running means
        weight, bias, eps = call.argument(3, "weight"), call.argument(4, "bias"), call.argument(7, "eps", 1e-5)
        return functional.batch_norm(call.args[0], mean.clone(), variance.clone(), weight, bias, False, 0.0, eps)

    return with_step_patched(parts, handler)


BATCHNORM_TINY_BATCH = Rule(
    name="batchnorm_tiny_batch",
    title="BatchNorm has too few rows",
    why=(
        "BatchNorm takes mean and variance from the batch. Of two rows, one comes out at +1 and the other at -1, "
        "however far apart they were; and in evaluation mode other means are used."
    ),
    configuration=True,
    threshold=(
        "One or two values a channel; up to four rows only where a copy with running means clearly does better (Wu and "
        "He, 2018, see BatchNorm's error grow below 8 rows)."
    ),
    explains=frozenset({"lr_too_high", "lr_too_low", "too_few_epochs", "underfit_capacity", "overfitting"}),
    look=look,
)
