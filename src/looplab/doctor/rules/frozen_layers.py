"""Layers whose requires_grad was left False although nothing has been learnt in them."""

from torch import Tensor, nn

from looplab.doctor.parts import Parts
from looplab.doctor.progress_made import left
from looplab.doctor.record import Record
from looplab.doctor.repair import Repair
from looplab.doctor.rules.rule import Rule, Sign
from looplab.doctor.starting import looks_fresh

__all__ = ["FROZEN_LAYERS"]

MUCH_LEFT = 0.5
"""Of the constant answer's loss: layers that were trained for a task like this one leave less."""


def look(record: Record) -> Sign | None:
    """Looks at parameters without a gradient: fresh ones are a mistake, learnt ones only if freeing them helps."""
    named = list(record.start.named_parameters())
    frozen = [(name, each) for name, each in named if not each.requires_grad]
    matrices = [(name, each) for name, each in frozen if each.ndim > 1]
    if not matrices:
        return None
    fresh = [name for name, each in matrices if looks_fresh(each)]
    all_fresh = 2 * sum(each.numel() for name, each in matrices if name in fresh) > _count(matrices)
    failed = record.error is not None and "does not require grad" in str(record.error)
    shown = ", ".join(name for name, _ in frozen[:4]) + (" …" if len(frozen) > 4 else "")
    state = ", and the weights look as they were first drawn" if all_fresh else ""
    return Sign(
        evidence=(
            f"{len(frozen)} of {len(named)} parameters have requires_grad=False ({shown}), "
            f"{_count(frozen):,} of {_count(named):,} numbers{state}."
        ),
        fix="for parameter in model.parameters(): parameter.requires_grad_(True), before the optimizer is made",
        confidence=0.98 if failed and len(frozen) == len(named) else 0.85 if all_fresh else 0.6,
        level="fault" if failed or all_fresh or left(record) > MUCH_LEFT else "worth a look",
        alternatives="" if failed else "layers trained elsewhere and frozen on purpose",
        repair=None if failed else Repair(name="all parameters free to learn", change=_freed),
        must_help=not failed,
    )


def _count(named: list[tuple[str, nn.Parameter]]) -> int:
    return sum(each.numel() for _, each in named)


def _freed(parts: Parts) -> Parts:
    held = {id(each) for group in parts.optimizer.param_groups for each in group["params"]}
    new: list[Tensor] = []
    for parameter in parts.model.parameters():
        if parameter.is_floating_point() and not parameter.requires_grad:
            parameter.requires_grad_(True)
            if id(parameter) not in held:
                new.append(parameter)
    if new:
        parts.optimizer.add_param_group({"params": new})
    return parts


FROZEN_LAYERS = Rule(
    name="frozen_layers",
    title="Layers are frozen that have learnt nothing",
    why="A parameter with requires_grad=False gets no gradient and keeps its value, however random it is.",
    configuration=True,
    threshold=(
        "Any weight matrix with requires_grad=False; called a fault where the weights look as first drawn, or more "
        "than half of the constant answer's loss is left, and a copy with all parameters free clearly does better; "
        "or where the backward pass fails."
    ),
    explains=frozenset({"lr_too_low", "too_few_epochs", "underfit_capacity", "optimizer_wrong_params"}),
    look=look,
)
