"""Layers that the model uses and does not know of: in a plain list or dictionary, or made anew in each forward pass."""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn

from looplab.doctor.answers import lineage_of
from looplab.doctor.lineage import Lineage
from looplab.doctor.record import Record
from looplab.doctor.rules.rule import Rule, Sign

__all__ = ["UNREGISTERED_PARAMS"]


def look(record: Record) -> Sign | None:
    """Compares the leaves that a step used, and what the modules hold, with the model's and the optimizer's."""
    known = {id(each) for each in record.model.parameters()}
    known |= {id(each) for group in record.optimizer.param_groups for each in group["params"]}
    lineage = lineage_of(record)
    used = _used(lineage)
    hidden = [(place, each) for place, each in _held(record.model) if id(each) not in known and each.requires_grad]
    in_use = [(place, each) for place, each in hidden if not used or id(each) in used]
    if in_use:
        numbers = sum(each.numel() for _, each in in_use)
        places = ", ".join(dict.fromkeys(f"'{place}'" for place, _ in in_use[:12]))
        return _sign(
            f"{places} of the model {'hold' if ',' in places else 'holds'} {len(in_use)} tensors with {numbers:,} "
            f"numbers that are computed with and are not among model.parameters()."
        )
    made = [index for index, ids in _leaves(record, lineage) if ids - known]
    if made:
        where = ", ".join(dict.fromkeys(record.operations[index].name for index in made))
        return _sign(
            f"The model's forward computes with parameters that are neither among model.parameters() nor in the "
            f"optimizer (in {where}); they may be made anew in each call."
        )
    return None


def _sign(evidence: str) -> Sign:
    return Sign(
        evidence=evidence,
        fix="self.layers = nn.ModuleList([…]), nn.ModuleDict({…}), or nn.Parameter(…); then make the optimizer",
        confidence=0.97,
    )


def _used(lineage: Lineage) -> set[int]:
    """The ids of leaves that the loss depends on."""
    return {each for index in lineage.to_loss() for each in lineage.operations[index].parameters}


def _leaves(record: Record, lineage: Lineage) -> Iterator[tuple[int, set[int]]]:
    """The operations within the model that take parameters, with their ids; inputs with a gradient are none."""
    weighted = set(lineage.weighted())
    for index in sorted(lineage.to_loss()):
        operation = record.operations[index]
        if index in weighted and operation.module and operation.needs_gradient and "parameter" in operation.kinds:
            leaves = zip(operation.parameters, operation.kinds, strict=True)
            yield index, {number for number, kind in leaves if kind == "parameter"}


def _held(model: nn.Module) -> Iterator[tuple[str, Tensor]]:
    """Tensors that modules hold in plain attributes: by themselves, or within lists, tuples, dictionaries, objects."""
    for name, module in model.named_modules():
        for attribute, value in vars(module).items():
            if not attribute.startswith("_") or (isinstance(value, list | dict) and attribute not in vars(nn.Module())):
                place = f"{name}.{attribute}" if name else attribute
                yield from ((place, each) for each in _tensors_in(value, depth=3))


def _tensors_in(value: Any, depth: int) -> Iterator[Tensor]:
    if isinstance(value, nn.Module):
        yield from value.parameters()
        for module in value.modules():
            for attribute, held in vars(module).items():
                if not attribute.startswith("_") and depth:
                    yield from _tensors_in(held, depth - 1)
    elif isinstance(value, Tensor):
        yield value
    elif depth and isinstance(value, list | tuple | dict):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _tensors_in(each, depth - 1)
    elif depth and hasattr(value, "__dict__") and not isinstance(value, type) and not callable(value):
        for each in vars(value).values():
            yield from _tensors_in(each, depth - 1)


UNREGISTERED_PARAMS = Rule(
    name="unregistered_params",
    title="The model does not know some of its own layers",
    why=(
        "A module finds parameters only in attributes that are modules or parameters. Layers in a plain list are "
        "computed with, and are neither trained, nor moved to a device, nor saved."
    ),
    configuration=True,
    threshold="Any tensor that wants a gradient, is computed with, and is held by neither model nor optimizer.",
    explains=frozenset(
        {
            *("lr_too_low", "too_few_epochs", "underfit_capacity", "vanishing_gradient", "frozen_layers"),
            "output_activation_range",
        }
    ),
    look=look,
)
