"""Follows a training step by step: hooks on the model's parameters and the optimizer, and a stand-in for the loss."""

import functools
import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.graphs import MARK, Mark
from looplab.doctor.operations import Operation, Operations, unseen
from looplab.doctor.record import LossCall, StepSeen
from looplab.doctor.sameness import same_values
from looplab.doctor.task import first_tensor

__all__ = ["Observer"]


class Observer:
    """Watches a model and an optimizer while the person's code uses them; changes no number.

    Args:
        model: the model that is trained.
        optimizer: the optimizer.
    """

    def __init__(self, model: nn.Module, optimizer: torch.optim.Optimizer) -> None:
        self.model, self.optimizer = model, optimizer
        named = list(model.named_parameters())
        self.names = [name for name, _ in named]
        self.parameters = [parameter for _, parameter in named]
        held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        self._held = {index for index, (_, parameter) in enumerate(named) if id(parameter) in held}
        self.steps: list[StepSeen] = []
        self.losses: list[LossCall] = []
        self.fed: Tensor | None = None  # what the model was given last
        self.fed_targets: Tensor | None = None
        self.in_training_mode: bool | None = None
        self._keeping_losses = False
        self._open: StepSeen | None = None
        self._returned: list[int] = []  # how often a gradient came back to each parameter in the open step
        self._graphs: list[weakref.ref[Mark]] = []
        self._stack = ExitStack()

    def __enter__(self) -> "Observer":
        handle = self.model.register_forward_pre_hook(self._before_forward, with_kwargs=True)
        self._stack.callback(handle.remove)
        for index, parameter in enumerate(self.parameters):
            if parameter.requires_grad:
                self._stack.callback(parameter.register_hook(functools.partial(self._fresh, index)).remove)
                after = parameter.register_post_accumulate_grad_hook(functools.partial(self._gathered, index))
                self._stack.callback(after.remove)
        self._stack.callback(self.optimizer.register_step_pre_hook(self._before_update).remove)
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def seen_by(self, loss_fn: Callable[..., Any]) -> Callable[..., Any]:
        """A loss that notes its calls and is otherwise the same; hooks on the same object where it is a module."""
        if isinstance(loss_fn, nn.Module):
            handle = loss_fn.register_forward_hook(self._after_loss_module, with_kwargs=True)
            self._stack.callback(handle.remove)
            return loss_fn

        @functools.wraps(loss_fn)
        def observed(*args: Any, **kwargs: Any) -> Any:
            value = loss_fn(*args, **kwargs)
            self._note_loss("loss_fn", [*args, *kwargs.values()], value)
            return value

        return observed

    @contextmanager
    def one_step(self, epoch: int, x: Any) -> Iterator[StepSeen]:
        """Note what happens in a step of the person's; `finished` completes the entry."""
        before = [parameter.detach().clone() for parameter in self.parameters]
        nothing = torch.full((len(before),), float("nan"))
        step = StepSeen(epoch=epoch, index=len(self.steps), rows=_rows(x))
        step.fresh, step.gathered, step.used = nothing.clone(), nothing.clone(), nothing.clone()
        inputs = first_tensor(x)
        was = None if inputs is None else inputs.detach().clone()
        self.in_training_mode, self.fed, self.fed_targets = None, None, None
        self._open, self._returned = step, [0] * len(before)
        self.steps.append(step)
        try:
            yield step
        finally:
            self._open = None
            step.in_training_mode = self.in_training_mode
            step.weights = _norms(before)
            step.updates = _norms([now.detach() - old for now, old in zip(self.parameters, before, strict=True)])
            step.lr = step.lr if step.lr == step.lr else self._lr()
            step.inputs_changed = was is not None and (inputs is None or not same_values(was, inputs))
            self._graphs = [each for each in self._graphs if each() is not None]
            step.graphs_alive = len(self._graphs)

    def returned(self, step: StepSeen, loss: Any) -> None:
        """Note what the person's step gave back."""
        try:
            step.loss = float(loss)
        except (TypeError, ValueError, RuntimeError):
            step.loss = float("nan")
        if isinstance(loss, Tensor):
            self._follow_graph(loss)

    @contextmanager
    def operations(self) -> Iterator[list[Operation]]:
        """Record each operation and each call of a loss, meanwhile."""
        mode = Operations(self.model)
        self.losses, self._keeping_losses = [], True
        seen: list[Operation] = []
        try:
            with mode.named_places(), mode:
                yield seen
        finally:
            self._keeping_losses = False
            seen += mode.finished()

    def _before_forward(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self.fed is None:
            fed = first_tensor((*args, *kwargs.values()))
            self.fed = None if fed is None else _copied(fed)
        self.in_training_mode = self.model.training

    def _after_loss_module(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], value: Any) -> None:
        self._note_loss("loss_fn", [*args, *kwargs.values()], value)

    def _note_loss(self, name: str, arguments: list[Any], value: Any) -> None:
        if len(arguments) < 2 or not all(isinstance(each, Tensor) for each in (*arguments[:2], value)):
            return
        outputs, targets, number = (_copied(each) for each in (*arguments[:2], value))
        if self.fed_targets is None:
            self.fed_targets = targets
        if self._keeping_losses:
            self.losses.append(LossCall(name=name, outputs=outputs, targets=targets, value=number))
        self._follow_graph(value)

    def _follow_graph(self, loss: Tensor) -> None:
        """Look at each later step whether this loss is still kept with what it was computed from."""
        if loss.grad_fn is None:
            return
        metadata: dict[str, object] = loss.grad_fn.metadata  # type: ignore[assignment]  # torch's stub calls it a method
        if MARK not in metadata:
            metadata[MARK] = mark = Mark()
            self._graphs.append(weakref.ref(mark))

    def _fresh(self, index: int, gradient: Tensor) -> None:
        if self._open is not None:
            self._open.fresh[index] = _norm(gradient)
            self._returned[index] += 1
            self._open.backwards = max(self._returned)

    def _gathered(self, index: int, parameter: Tensor) -> None:
        if self._open is not None and parameter.grad is not None:
            self._open.gathered[index] = gathered = _norm(parameter.grad)
            fresh = float(self._open.fresh[index])
            if (
                index in self._held
                and self._returned[index] == 1
                and abs(gathered - fresh) > 1e-4 * max(gathered, fresh)
            ):
                self._open.stale = True

    def _before_update(self, *_: object) -> None:
        if self._open is not None:
            self._open.optimizer_steps += 1
            self._open.lr = self._lr()
            for index, parameter in enumerate(self.parameters):
                if parameter.grad is not None:
                    self._open.used[index] = _norm(parameter.grad)

    def _lr(self) -> float:
        groups = self.optimizer.param_groups
        return float(groups[0].get("lr", float("nan"))) if groups else float("nan")


def _norms(tensors: list[Tensor]) -> Tensor:
    return torch.tensor([each.norm().item() if each.numel() else 0.0 for each in tensors])


def _rows(x: Any) -> int:
    tensor = first_tensor(x)
    return len(tensor) if tensor is not None and tensor.ndim else 0


def _norm(tensor: Tensor) -> float:
    with unseen():
        return float(tensor.detach().norm())


def _copied(tensor: Tensor) -> Tensor:
    with unseen():
        return tensor.detach().clone()
