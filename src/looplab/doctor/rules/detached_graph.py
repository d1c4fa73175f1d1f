"""The gradient is cut: by detach, .data, no_grad, or by leaving torch."""

from typing import Any

import torch
from torch import Tensor

from looplab.doctor.answers import backward_ran_in_vain, lineage_of
from looplab.doctor.lineage import Lineage, layer_name
from looplab.doctor.parts import Parts
from looplab.doctor.patching import Call, with_model_patched
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.starting import looks_fresh

__all__ = ["DETACHED_GRAPH"]

_CUTS = {"detach", "data"}
_STEPWISE = {
    "argmax",
    "round",
    "sign",
    "floor",
    "ceil",
    "gt",
    "lt",
    "ge",
    "le",
    "eq",
    "max_indices",
    "bool",
    "int",
    "long",
}


def look(record: Record) -> Sign | None:
    """Looks for parameters that a step used and no gradient came back to, and for cuts on the way to the loss."""
    lineage = lineage_of(record)
    failed = record.error is not None and "does not require grad" in str(record.error)
    if failed and all(not each.requires_grad for each in record.start.parameters()):
        return None  # nothing was free to learn: the graph is not to blame
    cut = _without_gradient(record)
    where = _cut_at(lineage)
    if failed:
        return _sign(f"The backward pass failed: {record.error}. {where or _hint(record)}", 0.95, must_help=None)
    if cut:
        names = ", ".join(cut[:4]) + (" …" if len(cut) > 4 else "")
        fresh = all(
            looks_fresh(each) for name, each in record.start.named_parameters() if name in cut and each.ndim > 1
        )
        seen = f"In {len(record.steps)} steps no gradient came back to {len(cut)} parameters that were used ({names}). "
        return _sign(seen + (where or _hint(record)), 0.93 if fresh else 0.6, must_help=not fresh)
    if where and _within_model(lineage):
        return _sign(where, 0.7, must_help=True)
    return None


def _without_gradient(record: Record) -> list[str]:
    """Parameters that want a gradient, are computed with in the first step, and never got one."""
    used = {each for operation in record.operations for each in operation.parameters}
    ids = [id(each) for each in record.model.parameters()]
    wanting = [each.requires_grad for each in record.model.parameters()]
    steps = [step for step in record.steps if step.backwards]
    if not steps and not backward_ran_in_vain(record):
        return []
    got = torch.stack([~torch.isnan(step.fresh) for step in steps or record.steps]).any(dim=0)
    return [
        name
        for name, number, wants, came in zip(record.names, ids, wanting, got.tolist(), strict=True)
        if wants and number in used and not came
    ]


def _cut_at(lineage: Lineage) -> str:
    """Where a gradient is cut on the way to the loss, in a sentence; "" where that cannot be seen."""
    for index in sorted(lineage.to_loss()):
        operation = lineage.operations[index]
        source = operation.sources[0] if operation.sources else -1
        had = source >= 0 and lineage.operations[source].needs_gradient
        if operation.name in _CUTS and (had or operation.parameters):
            return f"It is cut by {_written(operation.name)} in {layer_name(operation)}."
        if operation.name in _STEPWISE and had and not operation.needs_gradient:
            return f"It ends at {operation.name} in {layer_name(operation)}, which has no slope."
    return ""


def _within_model(lineage: Lineage) -> bool:
    return any(
        lineage.operations[index].name in _CUTS and lineage.operations[index].module for index in lineage.to_loss()
    )


def _hint(record: Record) -> str:
    without = [each for each in record.operations if each.parameters and not each.needs_gradient]
    if without:
        return f"What they were used in, such as {without[0].name} in {layer_name(without[0])}, ran under no_grad."
    return "Somewhere between them and the loss, numbers leave the graph: by .item(), numpy(), or torch.tensor(…)."


def _written(name: str) -> str:
    return ".data" if name == "data" else f".{name}()"


def _sign(evidence: str, confidence: float, *, must_help: bool | None) -> Sign:
    return Sign(
        evidence=evidence.strip(),
        fix="Leave out detach(), .data, numpy() and no_grad() between the parameters and the loss.",
        confidence=confidence,
        repair=None if must_help is None else Repair(name="a gradient that is not cut", change=_uncut),
        must_help=bool(must_help),
    )


def _uncut(parts: Parts) -> Parts:
    def handler(call: Call) -> Any:
        if call.name in _CUTS and call.args and isinstance(call.args[0], Tensor):
            return call.args[0].view_as(call.args[0])
        with torch.enable_grad():
            return call.result()

    return with_model_patched(parts, handler)


DETACHED_GRAPH = Rule(
    name="detached_graph",
    title="The gradient is cut off on its way back",
    why="What lies before the cut gets no gradient, so it keeps its first weights; only what comes after can learn.",
    configuration=True,
    threshold=(
        "Parameters that were used and never got a gradient, with weights as first drawn; elsewhere only where a copy "
        "without the cut clearly does better."
    ),
    explains=frozenset(
        {
            "lr_too_low",
            "too_few_epochs",
            "underfit_capacity",
            "no_optimizer_step",
            "vanishing_gradient",
            "frozen_layers",
        }
    ),
    look=look,
)
