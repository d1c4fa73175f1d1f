"""Trying a model out without leaving a trace on it."""

from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from looplab.models.particulars import attributes, fingerprints

__all__ = ["State", "same_values", "undisturbed"]

_Undo = Callable[[], None]
_DEEPEST = 4


class State:
    """What a model is like at a moment: its tensors and plain attributes.

    Args:
        model: the model.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._tensors = {name: tensor.detach().clone() for name, tensor in _tensors(model)}
        self._attributes = fingerprints(model)

    def changed(self) -> str | None:
        """What is not as it was, in words; None if all is."""
        now = dict(_tensors(self._model))
        for name, before in self._tensors.items():
            if name not in now or not same_values(now[name], before):
                kind = "buffer" if name in dict(self._model.named_buffers()) else "parameter"
                return f"{kind} {name}"
        if now.keys() != self._tensors.keys():
            return "tensors that the model has"
        later = fingerprints(self._model)
        for path, name in sorted(self._attributes.keys() | later.keys()):
            if self._attributes.get((path, name)) != later.get((path, name)):
                return f"attribute {f'{path}.{name}' if path else name}"
        return None


@contextmanager
def undisturbed(model: nn.Module) -> Iterator[None]:
    """At the end, put a model's parameters, gradients, buffers, attributes, hooks and modes back as they were.

    What an object of another class than lists, dictionaries, sets, arrays and tensors keeps to itself stays changed.
    """
    undo = list(_undoing(model))
    try:
        yield
    finally:
        with torch.no_grad():
            for back in undo:
                back()


def _tensors(model: nn.Module) -> list[tuple[str, Tensor]]:
    return [*model.named_parameters(), *model.named_buffers()]


def same_values(first: Tensor, second: Tensor) -> bool:
    """Whether two tensors hold the same numbers, NaN being one of them."""
    first, second = first.detach(), second.detach()
    if first.shape != second.shape or first.dtype != second.dtype:
        return False
    return bool(((first == second) | ((first != first) & (second != second))).all())


def _undoing(model: nn.Module) -> Iterator[_Undo]:
    for module in model.modules():
        state = vars(module)
        yield _restoring_items(state, dict(state))
        for value in list(state.values()):
            if isinstance(value, dict):
                yield _restoring_items(value, dict(value))
    for _, _, _, value in attributes(model):
        yield from _restoring_content(value)
    for _, tensor in _tensors(model):
        yield _restoring_tensor(tensor)
    for parameter in model.parameters():
        yield _restoring_gradient(parameter)


def _restoring_items(items: dict[Any, Any], before: dict[Any, Any]) -> _Undo:
    def back() -> None:
        items.clear()
        items.update(before)

    return back


def _restoring_tensor(tensor: Tensor) -> _Undo:
    before = tensor.detach().clone()

    def back() -> None:
        if tensor.shape == before.shape and not torch.equal(tensor.detach(), before):
            tensor.copy_(before)

    return back


def _restoring_gradient(parameter: nn.Parameter) -> _Undo:
    before = parameter.grad
    hooks = {name: getattr(parameter, name, None) for name in ("_backward_hooks", "_post_accumulate_grad_hooks")}
    kept = {name: None if value is None else dict(value) for name, value in hooks.items()}

    def back() -> None:
        parameter.grad = before
        for name, value in kept.items():
            now = getattr(parameter, name, None)
            if now is not None:
                now.clear()
                now.update(value or {})

    return back


def _restoring_content(value: object, depth: int = 0) -> Iterator[_Undo]:
    """For what can change without another object in its place."""
    if isinstance(value, Tensor) and not value.requires_grad:
        yield _restoring_tensor(value)
    elif isinstance(value, np.ndarray | list | dict | set | deque):
        yield _restoring_container(value)
        if depth < _DEEPEST and not isinstance(value, np.ndarray):
            for each in list(value.values() if isinstance(value, dict) else value):
                yield from _restoring_content(each, depth + 1)


def _restoring_container(value: Any) -> _Undo:
    before = value.copy()

    def back() -> None:
        if isinstance(value, np.ndarray):
            value[...] = before
        elif isinstance(value, list):
            value[:] = before
        else:
            value.clear()
            value.update(before) if isinstance(value, dict | set) else value.extend(before)

    return back
