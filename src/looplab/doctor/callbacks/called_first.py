"""Finds out in a training step which module is the model: the first one called, if it has all that is trained."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from looplab.doctor.belonging import held_by
from looplab.doctor.hooks import Hook

__all__ = ["Arguments", "CalledFirst"]


Arguments = tuple[tuple[Any, ...], dict[str, Any]]
"""Of a call, by position and by name."""


class CalledFirst:
    """Hooks on a module and all in it, until the model and the loss have been called.

    Args:
        around: the module whose training step calls those within it.
        optimizer: that trains it.
        found: called within the call of the first module with parameters, with this module, its arguments, and whether
            the optimizer's step has begun already; or with what is `around` it, where others have parameters of the
            optimizer, too, and None.
        found_loss: called after a module without parameters was called that gave one number, with its arguments.
    """

    def __init__(
        self,
        around: nn.Module,
        optimizer: torch.optim.Optimizer,
        found: Callable[[nn.Module, Arguments | None, bool], None],
        found_loss: Callable[[nn.Module, Arguments], None],
    ) -> None:
        self._around, self._optimizer = around, optimizer
        self._found, self._found_loss = found, found_loss
        self._in_update, self.is_done = False, False
        self._handles = [
            optimizer.register_step_pre_hook(Hook(lambda *_: self._updating(True))),
            optimizer.register_step_post_hook(Hook(lambda *_: self._updating(False))),
        ]
        for module in around.modules():
            self._handles.append(module.register_forward_pre_hook(Hook(self._before), with_kwargs=True))
            self._handles.append(module.register_forward_hook(Hook(self._after), with_kwargs=True))

    def close(self) -> None:
        """Take the hooks away."""
        for handle in self._handles:
            handle.remove()
        self._handles = []

    def _updating(self, within: bool) -> None:
        self._in_update = within

    def _before(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.is_done or not torch.is_grad_enabled():
            return
        ids = {id(each) for each in module.parameters()}
        if not ids:
            return
        self.is_done = True
        own = {id(each) for each in self._around.parameters()}
        trained = {name for name, each in held_by(self._optimizer).items() if each.requires_grad and name in own}
        has_all = trained <= ids
        self._found(module if has_all else self._around, (args, kwargs) if has_all else None, self._in_update)

    def _after(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Any) -> None:
        if not self.is_done or any(True for _ in module.parameters()):
            return
        is_number = isinstance(answer, torch.Tensor) and answer.requires_grad and answer.numel() == 1
        if is_number or isinstance(module, nn.modules.loss._Loss):
            self._found_loss(module, (args, kwargs))
