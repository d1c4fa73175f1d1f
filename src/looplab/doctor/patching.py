"""Runs a model or a step with some of its operations replaced, whatever style it is written in."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import torch
from torch import nn
from torch.overrides import TorchFunctionMode

from looplab.doctor.operations import operation_name
from looplab.doctor.parts import Parts

__all__ = ["Call", "with_model_patched", "with_step_patched"]


class Call:
    """A call of one of torch's functions that is about to happen.

    Attributes:
        name: of the function.
        number: how many calls of this name there were before in this forward pass, or step.
        args: its arguments, with `kwargs`.
    """

    def __init__(self, name: str, number: int, func: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]):
        self.name, self.number, self.args, self.kwargs = name, number, args, kwargs
        self._func = func

    def result(self, *args: Any) -> Any:
        """What the function gives, for other positional arguments if there are any."""
        return self._func(*(args or self.args), **self.kwargs)

    def argument(self, position: int, name: str, default: Any = None) -> Any:
        """An argument, however it was passed."""
        if name in self.kwargs:
            return self.kwargs[name]
        return self.args[position] if position < len(self.args) else default


Handler = Callable[[Call], Any]


class _Patch(TorchFunctionMode):
    def __init__(self, handler: Handler) -> None:
        super().__init__()
        self._handler = handler
        self._counts: dict[str, int] = {}

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        name = operation_name(func)
        number = self._counts.get(name, 0)
        self._counts[name] = number + 1
        return self._handler(Call(name, number, func, args, kwargs or {}))


def with_model_patched(parts: Parts, handler: Handler) -> Parts:
    """The parts, with each operation within the model's forward left to `handler`, which returns its result."""
    open_patches: list[_Patch] = []

    def enter(*_: Any) -> None:
        open_patches.append(_Patch(handler))
        open_patches[-1].__enter__()  # type: ignore[no-untyped-call]  # torch's

    def leave(*_: Any) -> None:
        if open_patches:
            open_patches.pop().__exit__(None, None, None)  # type: ignore[no-untyped-call]  # torch's

    parts.model.register_forward_pre_hook(enter)
    parts.model.register_forward_hook(leave, always_call=True)
    return parts


def with_step_patched(parts: Parts, handler: Handler) -> Parts:
    """The parts, with each operation within the step left to `handler`, which returns its result."""
    step = parts.step

    def patched(model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Callable[..., Any], x: Any, y: Any) -> Any:
        with _Patch(handler):
            return step(model, optimizer, loss_fn, x, y)

    return replace(parts, step=patched)
