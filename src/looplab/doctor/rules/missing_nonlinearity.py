"""Linear layers follow each other with no activation between them."""

from typing import Any

import torch

from looplab.doctor.affinity import LinearPair, is_affine, linear_pairs
from looplab.doctor.changes import scaled_updates
from looplab.doctor.effects import helps
from looplab.doctor.lineage import layer_name
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_model_patched
from looplab.doctor.progress_made import left, median_update
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.lr_too_low import SMALL_UPDATE
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.trials import Trials

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
    proof = alternatives = ""
    if record.trials is not None:
        proof, alternatives = _proof(record, record.trials, repair)
        if not proof:
            return None
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
        alternatives=alternatives,
    )


def _proof(record: Record, trials: Trials, repair: Repair) -> tuple[str, str]:
    """What a ReLU does to a copy, and what else is wrong; a rate at which nothing would move is raised for both copies.

    Two empty strings where it does not help.
    """
    rates: list[Repair | None] = [None]
    if 0 < (update := median_update(record)) < SMALL_UPDATE:
        rates += [scaled_updates(float(f"{usual / update:.0e}")) for usual in (1e-2, 3e-3)]
    for rate in rates:
        both = (
            repair if rate is None else Repair(name=f"{repair.name} and {rate.name}", change=_one_by_one(rate, repair))
        )
        before = trials.outcome("as it is") if rate is None else trials.outcome(rate.name, rate.change)
        after = trials.outcome(both.name, both.change)
        if before is not None and after is not None and not after.failed and helps(before, after):
            without = "without" if rate is None else f"with {rate.name} alone"
            said = (
                f"With {both.name}, a copy that was trained as long leaves {after.unexplained:.2f} of the loss of a "
                f"constant answer; {without}, {before.unexplained:.2f}."
            )
            return said, "" if rate is None else "the learning rate is too low as well"
    return "", ""


def _one_by_one(first: Repair, second: Repair) -> Any:
    return lambda parts: second.change(first.change(parts))


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
        "and a copy with a ReLU between them clearly does better (both at a higher rate, if updates are tiny)."
    ),
    explains=frozenset({"underfit_capacity", "too_few_epochs", "lr_too_low", "lr_too_high"}),
    look=look,
)
