"""Arguments that both sides have: an answer changes its copy, and the check sees the change in what it passed.

Both sides walk through the arguments of a call in the same order and number what can be changed: tensors, arrays,
lists, dictionaries, sets, generators, modules and other objects with attributes. After the call the side of the answer
says what each of them holds now, as data, and the other side puts that into its own.
"""

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from looplab.course.answers.module_state import module_state, observed, put_module_state, put_observed
from looplab.course.answers.plain import Choose, Leaves, NotPlain, Tagged, packed, unpacked

__all__ = ["Shared"]

_FIXED = (
    *(type, FunctionType, BuiltinFunctionType, MethodType, ModuleType, enum.Enum, type(None)),
    *(str, bytes, int, float, complex, frozenset, np.generic, torch.dtype, torch.device, torch.Size),
)


@dataclass(frozen=True)
class _Place:
    """Stands in a container for what has a number of its own."""

    number: int


class Shared:
    """What can be changed in the arguments of a call, numbered.

    Args:
        arguments: of the call.
        is_elsewhere: whether an object stays on the side of the answer; it is passed over unless it is a module.
    """

    def __init__(self, arguments: object, is_elsewhere: Callable[[object], bool]) -> None:
        self._is_elsewhere = is_elsewhere
        self._numbers: dict[int, int] = {}
        self._parts: list[Any] = []
        self._visit(arguments, set())

    def number_of(self, value: object) -> int | None:
        """The number of a part; None for what is none."""
        return self._numbers.get(id(value))

    def part(self, number: int) -> Any:
        """The part of that number; raises IndexError if there is none."""
        if number < 0:
            raise IndexError(number)
        return self._parts[number]

    def leaves(self) -> dict[str, Tensor]:
        """The tensors through which gradients flow, by a name that is the same on both sides."""
        found: dict[str, Tensor] = {}
        for number, part in enumerate(self._parts):
            if isinstance(part, nn.Module):
                found |= {f"{number}.{name}": tensor for name, tensor in part.named_parameters()}
            elif isinstance(part, Tensor):
                found[f"{number}"] = part
        return {name: tensor for name, tensor in found.items() if tensor.requires_grad}

    def states(self, choose: Choose) -> list[bytes]:
        """What each part holds now.

        Raises:
            NotPlain: it is too much.
        """

        def chosen(value: object, leaf: Tagged | None) -> Tagged:
            return ["part", value.number] if isinstance(value, _Place) else choose(value, leaf)

        return [packed(self._state(part), chosen) for part in self._parts]

    def put(self, number: int, state: bytes, leaves: Leaves) -> None:
        """Put into a part what it holds on the other side.

        Raises:
            NotPlain: it cannot.
        """
        try:
            value = unpacked(state, {**leaves, "part": self.part})
            _put(self.part(number), value)
        except (ValueError, TypeError, IndexError, KeyError, RuntimeError, AttributeError) as error:
            raise NotPlain(f"a state that none of its arguments can have: {type(error).__name__}") from None

    def _visit(self, value: Any, seen: set[int]) -> None:
        if id(value) in seen or isinstance(value, _FIXED):
            return
        seen.add(id(value))
        if self._is_elsewhere(value) and not isinstance(value, nn.Module):
            return
        if not isinstance(value, tuple):
            self._numbers[id(value)] = len(self._parts)
            self._parts.append(value)
        for item in _items(value):
            self._visit(item, seen)

    def _state(self, part: Any) -> Any:
        if isinstance(part, Tensor):
            return [part.detach(), part.requires_grad, None if part.grad is None else part.grad.detach()]
        if isinstance(part, torch.Generator):
            return part.get_state()
        if isinstance(part, nn.Module):
            return module_state(part)
        if isinstance(part, list | dict | set):
            return self._with_places(part, outermost=True)
        return part if isinstance(part, np.ndarray) else observed(part)

    def _with_places(self, value: Any, *, outermost: bool = False) -> Any:
        number = None if outermost else self.number_of(value)
        if number is not None:
            return _Place(number)
        if isinstance(value, dict):
            return {key: self._with_places(item) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self._with_places(item) for item in value)
        return value


def _items(value: Any) -> Iterator[Any]:
    if isinstance(value, list | tuple):
        yield from value
    elif isinstance(value, dict):
        yield from value.values()


def _put(part: Any, value: Any) -> None:
    if isinstance(part, Tensor):
        _put_tensor(part, *value)
    elif isinstance(part, torch.Generator):
        part.set_state(value)
    elif isinstance(part, nn.Module):
        put_module_state(part, value)
    elif isinstance(part, np.ndarray):
        part.resize(value.shape, refcheck=False) if part.shape != value.shape else None
        part[...] = value
    elif isinstance(part, list):
        part[:] = _of(list, value)
    elif isinstance(part, dict | set):
        new = _of(dict if isinstance(part, dict) else set, value)
        part.clear()
        part.update(new)
    else:
        put_observed(part, value)


def _put_tensor(part: Tensor, value: Tensor, requires_grad: bool, slope: Tensor | None) -> None:
    with torch.no_grad():
        if part.shape == value.shape and part.dtype == value.dtype:
            part.data.copy_(value)
        else:
            part.data = value.detach()
    if part.is_leaf and part.requires_grad != requires_grad:
        part.requires_grad_(bool(requires_grad))
    if part.is_leaf:
        part.grad = slope


def _of(kind: type, value: Any) -> Any:
    if type(value) is not kind:
        raise TypeError(f"a {type(value).__name__} for a {kind.__name__}")
    return value
