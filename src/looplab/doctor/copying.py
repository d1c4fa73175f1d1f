"""Copies of a training's parts that share nothing with the originals, closures and globals of functions included."""

import copy
import functools
import types
from typing import Any

import numpy as np
import torch
from torch import nn

__all__ = ["Copier"]

_MUTABLE = (nn.Module, torch.Tensor, torch.optim.Optimizer, torch.Generator, np.ndarray, list, dict, set, bytearray)


class Copier:
    """Copies things that belong together: what two of them share, their copies share.

    Functions are made anew around copies of what their closures, defaults and the globals that they name hold, as long
    as that is data of the training: models, optimizers, schedules, tensors, lists. What cannot be copied is shared with
    the original, and its kind is noted in `shared`.
    """

    def __init__(self) -> None:
        self.shared: list[str] = []
        self._memo: dict[int, Any] = {}
        self._globals: dict[int, dict[str, Any]] = {}
        self._kept: list[object] = []  # so that no id is given to another object meanwhile

    def copied(self, value: Any) -> Any:
        """A copy of anything."""
        if id(value) in self._memo:
            return self._memo[id(value)]
        self._kept.append(value)
        if isinstance(value, types.FunctionType):
            return self._function(value) if self._is_users(value) else value
        if isinstance(value, types.MethodType):
            return types.MethodType(value.__func__, self.copied(value.__self__))
        if isinstance(value, functools.partial):
            words = {name: self.copied(each) for name, each in value.keywords.items()}
            return functools.partial(self.copied(value.func), *map(self.copied, value.args), **words)
        try:
            return copy.deepcopy(value, self._memo)
        except Exception:  # noqa: BLE001  # whatever an object of the user's may raise
            self.shared.append(type(value).__name__)
            return value

    def _function(self, function: types.FunctionType) -> types.FunctionType:
        cells = tuple(types.CellType() for _ in function.__closure__ or ())
        new = types.FunctionType(function.__code__, self._new_globals(function), function.__name__, None, cells)
        self._memo[id(function)] = new
        for name in ("__dict__", "__doc__", "__qualname__", "__module__", "__annotations__"):
            setattr(new, name, getattr(function, name))
        new.__defaults__ = None if function.__defaults__ is None else tuple(map(self.copied, function.__defaults__))
        if function.__kwdefaults__ is not None:
            new.__kwdefaults__ = {name: self.copied(each) for name, each in function.__kwdefaults__.items()}
        for cell, old in zip(cells, function.__closure__ or (), strict=True):
            try:
                cell.cell_contents = self.copied(old.cell_contents)
            except ValueError:  # a name that was not yet given a value
                continue
        self._fill_globals(function, new.__globals__)
        return new

    def _new_globals(self, function: types.FunctionType) -> dict[str, Any]:
        return self._globals.setdefault(id(function.__globals__), dict(function.__globals__))

    def _fill_globals(self, function: types.FunctionType, new: dict[str, Any]) -> None:
        for name in _names(function.__code__):
            value = function.__globals__.get(name)
            if new.get(name) is value and (_is_schedule(value) or isinstance(value, _MUTABLE) or self._is_users(value)):
                new[name] = self.copied(value)

    @staticmethod
    def _is_users(value: object) -> bool:
        """Whether it is a function that a person wrote for this training, rather than one of a library's."""
        if not isinstance(value, types.FunctionType):
            return False
        first = (value.__module__ or "").split(".")[0]
        return first not in {"torch", "numpy", "sklearn", "scipy", "pandas", "random", "math", "functools"}


def _names(code: types.CodeType) -> set[str]:
    """The names that code, and code within it, may look up among the globals."""
    found = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found |= _names(constant)
    return found


def _is_schedule(value: object) -> bool:
    return isinstance(getattr(value, "optimizer", None), torch.optim.Optimizer) and hasattr(value, "step")
