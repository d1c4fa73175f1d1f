"""Linear layers follow each other with no activation between them."""

from typing import Any

import torch

from looplab.doctor.affinity import LinearPair, is_affine, linear_pairs
from looplab.doctor.effects import helps
from looplab.doctor.lineage import layer_name
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_model_patched
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["MISSING_NONLINEARITY"]

LITTLE_LEFT = 0.1
"""Of the constant answer's loss: a model that leaves less needs no activation."""


def look(record: Record) -> Sign | None:
    """Looks for layers in a row, and trains a copy with a ReLU between them."""
    pairs = linear_pairs(record)
    if not pairs or left(record) < LITTLE_LEFT:
        return None
    whole = is_affine(record)
    repair = Repair(name="a ReLU between the linear layers", change=_bent(pairs))
    proof = ""
    if record.trials is not None:
        before, after = record.trials.outcome("as it is"), record.trials.outcome(repair.name, repair.change)
        if before is None or after is None or after.failed:
            return None
        if not helps(before, after):
            return None
        proof = (
            f"With {repair.name}, a copy that was trained as long leaves {after.unexplained:.2f} of the loss of a "
            f"constant answer; without, {before.unexplained:.2f}."
        )
    first, second = (record.operations[each] for each in (pairs[0].first, pairs[0].second))
    count = len(pairs) + 1
    seen = f"{layer_name(first)} goes into {layer_name(second)} with nothing between them that bends"
    seen = f"{count} linear layers follow each other: {seen}" if count > 2 else seen[0].upper() + seen[1:]
    middle = "; the answer to the midpoint of two inputs is the midpoint of their answers, so the whole model is linear"
    return Sign(
        evidence=f"{seen}{middle if whole else ''}.",
        fix="x = torch.relu(first(x)); x = second(x), or nn.ReLU() between the two in nn.Sequential",
        confidence=0.95 if whole else 0.85,
        proof=proof,
    )


def _bent(pairs: list[LinearPair]) -> Any:
    places = {(pair.name, pair.number) for pair in pairs}

    def handler(call: Call) -> Any:
        result = call.result()
        return torch.relu(result) if (call.name, call.number) in places else result

    def change(parts: Parts) -> Parts:
        return with_model_patched(parts, handler)

    return change


MISSING_NONLINEARITY = Rule(
    name="missing_nonlinearity",
    title="Linear layers follow each other without an activation",
    why="Two linear layers in a row are one linear layer: depth without an activation adds nothing that can bend.",
    configuration=True,
    threshold=(
        "Two layers with nothing but linear operations between them, more than 0.1 of the constant answer's loss left, "
        "and a copy with a ReLU between them clearly does better."
    ),
    explains=frozenset({"underfit_capacity", "too_few_epochs", "lr_too_low", "lr_too_high"}),
    look=look,
)
