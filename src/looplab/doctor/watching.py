"""Follows a person's own loop from outside: where its steps begin and end, and which of them are looked at closely."""

import contextlib
import inspect
import math
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.hooks import Hook
from looplab.doctor.mode_stack import lay_under, take_out
from looplab.doctor.operations import Operation, Operations
from looplab.doctor.record import StepSeen
from looplab.doctor.replaying_batch import BatchCall, operations_again
from looplab.doctor.sampled_step import SampledStep
from looplab.doctor.watched import Seen

__all__ = ["Watching"]

SHARE = 0.01
"""Of the time that has passed, what the steps that are looked at may take, whole."""
ALWAYS = 4
"""Steps at the beginning that are looked at in any case."""


class Watching:
    """The hooks of a watch; what they see goes to `seen`.

    Args:
        model: the model.
        optimizer: the optimizer.
        loss_fn: the loss, or None.
        every: look at every N-th step and the one after it; None for as many as the time allows.
        sampled: called after each step that was looked at, with whether its numbers are finite.
    """

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss_fn: Callable[..., Any] | None,
        every: int | None,
        sampled: Callable[[bool], None],
    ) -> None:
        self.model, self.optimizer, self.loss_fn = model, optimizer, loss_fn
        self.seen = Seen(model)
        self._every, self._on_sampled = every, sampled
        self._held = {id(parameter) for group in optimizer.param_groups for parameter in group["params"]}
        self._probe = _probe(self.seen.named, self._held)
        self._stack = ExitStack()
        self._paused = self._open = self._moved = self._in_update = False
        self._number = -1  # of the open step, or of the last
        self._call, self._first_argument = BatchCall(), _first_argument(model)
        self._sampled: SampledStep | None = None
        self._mode: tuple[Operations, ExitStack] | None = None
        self._last, self._pair_open, self._pairs, self._bad = -2, False, 0, False
        self._loss, self._training = math.nan, False
        self._began = self._step_began = time.perf_counter()
        self.spent, self.differentiated = 0.0, False

    def start(self, *, within_update: bool = False) -> None:
        """Set the hooks.

        Args:
            within_update: whether the optimizer's step has begun already, whose closure calls the model.
        """
        self._in_update = within_update
        hooks = [
            self.model.register_forward_pre_hook(Hook(self._before_forward), with_kwargs=True),
            self.optimizer.register_step_pre_hook(self._before_update),
            self.optimizer.register_step_post_hook(self._after_update),
        ]
        for hook in hooks:
            self._stack.callback(hook.remove)
        self._follow_loss()
        before = torch.autograd.backward

        def observed(tensors: Any, *args: Any, **kwargs: Any) -> None:
            self._before_backward(tensors)
            before(tensors, *args, **kwargs)
            self._after_backward()

        torch.autograd.backward = observed  # Tensor.backward goes through it: the one place where any loss passes
        self._stack.callback(setattr, torch.autograd, "backward", before)

    def loss_is(self, loss_fn: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Say only now what the loss is, which has just been called."""
        self.loss_fn = loss_fn
        self._follow_loss()
        self._after_loss(loss_fn, args, kwargs, None)

    def _follow_loss(self) -> None:
        if isinstance(self.loss_fn, nn.Module):
            hook = self.loss_fn.register_forward_hook(Hook(self._after_loss), with_kwargs=True)
            self._stack.callback(hook.remove)

    def stop(self) -> None:
        """Complete the open step and take the hooks away."""
        try:
            self._close()
        finally:
            self._stack.close()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """See nothing meanwhile; the time counts as spent."""
        began, was, self._paused = time.perf_counter(), self._paused, True
        try:
            yield
        finally:
            self._paused = was
            self.spent += time.perf_counter() - began

    def step_begins(self) -> None:
        """Say that a step begins, where the model is not called itself but only modules in it."""
        if self._moved and not self._in_update:
            self._close()
        if not self._open:
            self._begin(within_model=False)

    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Say that the model is called, whose hook was not there yet."""
        self._before_forward(self.model, args, kwargs)

    def _before_forward(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if self._paused or not torch.is_grad_enabled():
            return  # a validation is no step
        if self._moved and not self._in_update:
            self._close()
        if not self._open:
            self._begin()
        self._call.begin(args, kwargs)
        if self._sampled is not None:
            self.seen.overwriting.lend(self._call.inputs(self._first_argument))
        self._training = self.model.training

    def _after_loss(self, _: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], loss: Any) -> None:
        if not self._paused and self._open:
            self.seen.graphs.follow(self._number, loss)
            self._call.loss_args, self._call.loss = (*args, *kwargs.values()), loss

    def _before_backward(self, tensors: Any) -> None:
        if self._paused:
            return
        if not self._open:
            self._begin(forward=False)
        self._moved = self.differentiated = True
        self._loss = math.nan
        if tensors is not self._call.loss:  # which is followed already
            self.seen.graphs.follow(self._number, tensors)
        cheap = isinstance(tensors, Tensor) and tensors.numel() == 1 and (not tensors.is_cuda or self._sampled)
        if cheap:
            self._loss = tensors.item()
            if not self._bad and not math.isfinite(self._loss):
                self._look_at_bad(late=False)
        if self._sampled is not None:
            self._sampled.step.loss = self._loss
        if self.seen.wants_batches:
            self._keep_batch()

    def _after_backward(self) -> None:
        """Of a closure that the optimizer's step calls, nothing else tells that its gradients are there."""
        if not self._paused and self._in_update:
            self._look_at_gradient()
            if self._mode is not None:
                self._mode[0].pause()  # it cannot be taken out from here: torch lays it back when `backward` returns

    def _before_update(self, *_: Any) -> None:
        if self._paused:
            return
        self._in_update = True
        if not self._moved:
            return
        self._look_at_gradient()
        if self._sampled is not None:
            self._sampled.before_update(self._lr())
        self._end_operations()

    def _look_at_gradient(self) -> None:
        """Whether the gradient that the optimizer is about to use is finite."""
        gradient = None if self._probe is None else self._probe.grad
        if not self._bad and gradient is not None and not gradient.is_cuda and gradient.layout is torch.strided:
            total = gradient.sum().item()
            if not math.isfinite(total) and not bool(torch.isfinite(gradient).all()):
                self._look_at_bad(late=True)

    def _after_update(self, *_: Any) -> None:
        if self._paused:
            return
        self._in_update = False
        with_closure = self._sampled is not None and not self._sampled.step.optimizer_steps
        if self._sampled is not None and (with_closure or not self._moved):
            self._sampled.before_update(self._lr())  # the gradients are those that were used
        if self._moved:  # else it was an update before the first gradient: the step goes on
            self._close()

    def _begin(self, *, forward: bool = True, within_model: bool = True) -> None:
        """Open a step; without its forward pass, where what is differentiated did not come from a call of the model."""
        self._open, self._moved, self._training = True, False, self.model.training
        self._number += 1
        if self._number >= ALWAYS and self._number.bit_count() == 1:  # whichever steps are looked at closely
            with self.paused():
                self.seen.look_at_memory()
        self._step_began = time.perf_counter()
        if not self._wanted():
            return
        self._pair_open = self._last != self._number - 1 or not self._pair_open
        self._pairs += self._pair_open
        self._last = self._number
        self._sampled = self._new_sample(late=False)
        if forward and (self._number == 0 or self._is_of_power()):
            self._begin_operations(within_model=within_model)

    def _is_of_power(self) -> bool:
        return self._pairs >= 4 and self._pairs & (self._pairs - 1) == 0 and self._pair_open

    def _wanted(self) -> bool:
        if self._number < ALWAYS or (self._last == self._number - 1 and self._pair_open):
            return True
        if self._every is not None:
            return self._number % self._every == 0
        return self.spent < SHARE * (time.perf_counter() - self._began)

    def _new_sample(self, *, late: bool) -> SampledStep:
        step = StepSeen(epoch=0, index=self._number, rows=0, loss=self._loss if late else math.nan)
        return SampledStep(self.seen.named, self._held, step, late=late)

    def _begin_operations(self, *, within_model: bool) -> None:
        if hasattr(self.model, "_orig_mod"):
            return  # a compiled model would be compiled anew
        mode, stack = Operations(self.model), ExitStack()
        stack.enter_context(mode.named_places())
        if within_model:
            mode.is_within_model()
        lay_under(mode)
        stack.callback(take_out, mode)
        self._mode = mode, stack

    def _end_operations(self) -> list[Operation]:
        if self._mode is None:
            return []
        (mode, stack), self._mode = self._mode, None
        stack.close()
        operations = mode.finished()
        self.seen.operations = self.seen.operations or operations
        self.seen.last_operations = operations
        return operations

    def _look_at_bad(self, *, late: bool) -> None:
        """The first batch with a loss or gradient that is no number: look at it closely, and go through it again."""
        self._bad = True
        with self.paused():
            if self._sampled is None:
                self._sampled = self._new_sample(late=late)
            if self._mode is None:
                again = operations_again(self.model, self.loss_fn, self._call)
                self.seen.step_operations = {self._number: again} if again else {}
            self._keep_batch()

    def _keep_batch(self) -> None:
        call, first = self._call, self._first_argument
        self.seen.keep(call.inputs(first), call.targets(), call.others(first))

    def _close(self) -> None:
        """Put down the open step, if it was one, and let go of the batch."""
        self._end_operations()
        sampled, self._sampled = self._sampled, None
        given = None if sampled is None else self._call.inputs(self._first_argument)
        self._call.forget()
        was_open, self._open, self._moved = self._open, False, False
        if sampled is None or not was_open:
            return
        step = sampled.finished(self._lr())
        step.rows = len(given) if given is not None and given.ndim else 0
        step.in_training_mode = self._training if given is not None else None
        self.seen.add(step)
        self.spent += time.perf_counter() - self._step_began
        finite = math.isfinite(step.loss) and bool(torch.isfinite(step.updates).all())
        self._on_sampled(finite)

    def _lr(self) -> float:
        groups = self.optimizer.param_groups
        return float(groups[0].get("lr", math.nan)) if groups else math.nan

    @property
    def count(self) -> int:
        """Steps so far, looked at or not."""
        return self._number + 1


def _probe(named: list[tuple[str, nn.Parameter]], held: set[int]) -> nn.Parameter | None:
    """The parameter whose gradient tells of all: what is no number spreads towards the first layer.

    Of the first module's parameters, the one with the fewest elements, since it is looked at in each step.
    """
    trained = [(name.rpartition(".")[0], each) for name, each in named if each.requires_grad and id(each) in held]
    of_first = [each for module, each in trained if module == trained[0][0]]
    return min(of_first, key=Tensor.numel, default=None)


def _first_argument(model: nn.Module) -> str:
    """The name of the first argument of a model's forward."""
    return next(iter(inspect.signature(model.forward).parameters), "")
