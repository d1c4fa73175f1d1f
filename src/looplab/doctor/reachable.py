"""What a training's functions reach through closures, globals, and the objects that they are methods of."""

import functools
import types
from collections.abc import Iterator
from typing import Any

import torch

from looplab.doctor.parts import Parts

__all__ = ["schedules_of"]


def schedules_of(parts: Parts | None) -> list[Any]:
    """The schedules of learning rates that the person's functions hold."""
    if parts is None:
        return []
    found: dict[int, Any] = {}
    for value in _reached([parts.step, parts.batches, parts.validate, parts.loss_fn], set()):
        if isinstance(getattr(value, "optimizer", None), torch.optim.Optimizer) and hasattr(value, "step"):
            found[id(value)] = value
    return list(found.values())


def _reached(values: list[Any], seen: set[int]) -> Iterator[Any]:
    for value in values:
        if id(value) in seen:
            continue
        seen.add(id(value))
        yield value
        yield from _reached(_held(value), seen)


def _held(value: Any) -> list[Any]:
    if isinstance(value, types.MethodType):
        return [value.__self__, value.__func__]
    if isinstance(value, functools.partial):
        return [value.func, *value.args, *value.keywords.values()]
    if isinstance(value, types.FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        names = [value.__globals__[name] for name in value.__code__.co_names if name in value.__globals__]
        return [*cells, *[each for each in names if not isinstance(each, types.ModuleType | type)]]
    if isinstance(value, dict):
        return list(value.values())
    if isinstance(value, list | tuple):
        return list(value)[:100]
    is_users = type(value).__module__.split(".")[0] not in {"torch", "builtins", "numpy"}
    return list(vars(value).values()) if is_users and hasattr(value, "__dict__") else []


def _is_filled(cell: types.CellType) -> bool:
    try:
        cell.cell_contents  # noqa: B018 - asking is what raises
    except ValueError:
        return False
    return True
