"""Dropout that leaves next to nothing, or that stands behind the output."""

from typing import Any

from looplab.doctor.answers import lineage_of
from looplab.doctor.lineage import PASSING, layer_name
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_step_patched
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["DROPOUT_TOO_LARGE"]

MUCH, NEARLY_ALL = 0.6, 0.9
"""Srivastava et al. (2014), where dropout is from, use 0.5 for hidden units and see training suffer from 0.6 on."""
_DROPOUT = {"dropout", "dropout1d", "dropout2d", "dropout3d", "alpha_dropout", "feature_alpha_dropout"}


def look(record: Record) -> Sign | None:
    """Looks at each dropout of the first step: how much it drops, and whether the output comes right from it."""
    if left(record) < 0.05:
        return None
    lineage = lineage_of(record)
    active = [index for index in sorted(lineage.to_loss()) if _drops(record.operations[index]) > 0]
    last = lineage.origin(lineage.answer, PASSING | _ENDINGS)
    if last in active and _drops(record.operations[last]) >= 0.1:
        operation = record.operations[last]
        return _sign(
            f"The model's answers come right from a dropout ({layer_name(operation)}), which sets "
            f"{_drops(operation):.0%} of them to 0 in every training step.",
            "Put the dropout before the last layer, or leave it out.",
            0.93,
            must_help=False,
        )
    large = [index for index in active if _drops(record.operations[index]) >= MUCH]
    if not large:
        return None
    operation = max((record.operations[index] for index in large), key=_drops)
    p = _drops(operation)
    return _sign(
        f"The dropout in {layer_name(operation)} drops {p:.0%} of its inputs"
        f"{f', and {len(large) - 1} more drop {MUCH:.0%} or more' if len(large) > 1 else ''}.",
        f"nn.Dropout(p={1 - p:.2g}), if {p:g} was meant as the share that is kept; 0.1 to 0.5 is usual",
        0.95 if p >= NEARLY_ALL else 0.8,
        must_help=True,
    )


_ENDINGS = frozenset({"softmax", "log_softmax", "sigmoid", "tanh"})


def _drops(operation: Operation) -> float:
    """The probability that an active dropout drops with; 0 for what is none."""
    if operation.name not in _DROPOUT:
        return 0.0
    p = operation.arguments.get(1, operation.arguments.get("p", 0.5))
    training = operation.arguments.get(2, operation.arguments.get("training", True))
    return float(p) if training and isinstance(p, int | float) else 0.0


def _sign(evidence: str, fix: str, confidence: float, *, must_help: bool) -> Sign:
    return Sign(
        evidence=evidence,
        fix=fix,
        confidence=confidence,
        repair=Repair(name="no dropout", change=_without),
        must_help=must_help,
    )


def _without(parts: Parts) -> Parts:
    def handler(call: Call) -> Any:
        return call.args[0] if call.name in _DROPOUT and call.args else call.result()

    return with_step_patched(parts, handler)


DROPOUT_TOO_LARGE = Rule(
    name="dropout_too_large",
    title="Dropout takes too much",
    why=(
        "What is dropped cannot be learnt from in that step. Of very few units each step sees another random net; "
        "behind the output, the answers themselves are zeroed and the loss is that of the noise."
    ),
    configuration=True,
    threshold=(
        "A probability of 0.6 or more (Srivastava et al., 2014, see training suffer from there), and a copy without "
        "dropout clearly does better; or a tenth and more dropped from the answers."
    ),
    explains=frozenset({"underfit_capacity", "too_few_epochs", "lr_too_low", "val_in_train_mode"}),
    look=look,
)
