"""Watches the loop of a script that does not know it: finds its optimizer, its model and its loss as they are used."""

import functools
import os
import warnings
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.optim.optimizer import register_optimizer_step_post_hook, register_optimizer_step_pre_hook

from looplab.doctor.belonging import gets_no_gradient, held_by, model_around, model_within, trainable
from looplab.doctor.diagnosis import Diagnosis, nothing_watched
from looplab.doctor.finding import Finding, among_others
from looplab.doctor.watch_loop import Watch, watch
from looplab.errors import LooplabError

__all__ = ["ScriptWatch"]

_OWN_FOLDER = str(Path(__file__).parent) + os.sep


class ScriptWatch:
    """Finds the parts of a training that goes on in this process, and watches it.

    The optimizer is the first one that shares parameters with a module that is called with gradients on; that module is
    the model. The loss is a module that is called after it and gives one number. Once another optimizer is made after
    the first update, the watch is over. Processes that are forked off are left alone.

    Args:
        on_finding: called with each finding once, while the script runs.
        number: which optimizer to watch, counted from 1 as they are made; None for the first that trains.
        every: as for `looplab.doctor.watch`.
    """

    def __init__(self, on_finding: Callable[[Finding], None], *, number: int | None, every: int | None) -> None:
        self._on_finding, self._number, self._every = on_finding, number, every
        self._process = os.getpid()
        self._made: list[tuple[str, weakref.ref[torch.optim.Optimizer]]] = []
        self._parts: list[nn.Module] = []
        self._strangers: list[nn.Module] = []
        self._called = self._stepped = False
        self._updating: torch.optim.Optimizer | None = None
        self._watch: Watch | None = None
        self._watched: tuple[nn.Module, torch.optim.Optimizer, int] | None = None
        self._loss: nn.Module | None = None
        self._updates, self._looking, self._over, self._is_followed = 0, False, False, False
        self._shared = self._late = False
        self._said = ""
        self._undo: list[Callable[[], None]] = []

    def start(self) -> None:
        """Follow optimizers that are made and modules that are called."""
        made, call = torch.optim.Optimizer.__init__, nn.Module.__call__

        @functools.wraps(made)
        def making(optimizer: torch.optim.Optimizer, *args: Any, **kwargs: Any) -> None:
            made(optimizer, *args, **kwargs)
            self._after_making(optimizer)

        @functools.wraps(call)
        def calling(module: nn.Module, /, *args: Any, **kwargs: Any) -> Any:
            if not self._looking:
                return call(module, *args, **kwargs)
            nn.Module.__call__ = call  # type: ignore[method-assign]  # those it makes itself are not of interest
            try:
                with self._not_in_the_way():
                    self._before_call(module)
                answer = call(module, *args, **kwargs)
                with self._not_in_the_way():
                    self._after_call(module, args, kwargs, answer)
                return answer
            finally:
                if self._looking:
                    nn.Module.__call__ = calling  # type: ignore[method-assign]  # until all parts are known

        shown = warnings.showwarning

        @functools.wraps(shown)
        def showing(message: Any, category: Any, filename: str, *args: Any, **kwargs: Any) -> None:
            if not filename.startswith(_OWN_FOLDER):  # a step that is looked at: the next one says where it comes from
                shown(message, category, filename, *args, **kwargs)

        setattr(torch.optim.Optimizer, "__init__", making)  # noqa: B010 - the type that the checker knows is another
        nn.Module.__call__ = calling  # type: ignore[method-assign]  # every module's call goes through it
        warnings.showwarning = showing
        self._looking = True
        self._undo = [
            lambda: setattr(warnings, "showwarning", shown) if warnings.showwarning is showing else None,
            functools.partial(setattr, torch.optim.Optimizer, "__init__", made),
            functools.partial(setattr, nn.Module, "__call__", call),
            register_optimizer_step_pre_hook(self._before_update).remove,
            register_optimizer_step_post_hook(self._after_update).remove,
        ]

    def stop(self, error: BaseException | None = None) -> None:
        """Take all hooks away.

        Args:
            error: what ended the script, if anything did.
        """
        self._looking = False
        for undo in self._undo:
            undo()
        self._undo = []
        self._end(error)

    @property
    def unseen(self) -> str:
        """Why nothing was watched, as the middle of a sentence; "" if something was."""
        if self._said:
            return self._said
        if self._watch is not None:
            return "" if self._watch.differentiated else "the model was called, but backward() never was"
        if not self._made:
            return "the script made no optimizer of torch.optim"
        if self._number is not None and self._number > len(self._made):
            return f"optimizer {self._number} was asked for, and the script made {len(self._made)}"
        if not self._called:
            return "no module was called with gradients on once an optimizer was made"
        kind = self._made[(self._number or 1) - 1][0]
        if self._stepped:
            return f"the parameters of the optimizer ({kind}) belong to no module that was called with gradients on"
        return f"no module that was called has the parameters of the optimizer ({kind}), whose step was never called"

    def diagnosis(self) -> Diagnosis:
        """What was found, with a note that says what was watched, or why nothing was."""
        if self._watch is None or self._watched is None or self.unseen:
            return nothing_watched(self.unseen)
        found = self._watch.diagnosis()
        findings = tuple(map(self._as_sure, found.findings))
        return replace(found, findings=findings, notes=(*self._notes(*self._watched), *found.notes))

    def _notes(self, model: nn.Module, optimizer: torch.optim.Optimizer, number: int) -> list[str]:
        loss = "" if self._loss is None else f", {type(self._loss).__name__}"
        since = ", from the second step on" if self._late else ""
        notes = [f"Watched: {_name_of(model)}, {type(optimizer).__name__}{loss}{since}."]
        if len(self._made) > 1:
            until = ", until the next was made" if self._is_followed else ""
            others = f"--optimizer {number + 1}" if number < len(self._made) else f"--optimizer {number - 1}"
            notes.append(
                f"The script made {len(self._made)} optimizers; number {number} was watched{until}. "
                f"For another: {others}."
            )
        if self._shared:
            notes.append(
                "Another optimizer took steps in the same loop, and calls for its steps cannot be told from those for "
                "this one: findings are only worth a look."
            )
        return notes

    def _as_sure(self, finding: Finding) -> Finding:
        """A finding, called less where steps of two optimizers alternate."""
        return among_others(finding) if self._shared else finding

    def _is_elsewhere(self) -> bool:
        return os.getpid() != self._process

    def _after_making(self, optimizer: torch.optim.Optimizer) -> None:
        if self._is_elsewhere():
            return
        self._made.append((type(optimizer).__name__, weakref.ref(optimizer)))
        if self._updates:
            self._is_followed = True
            self._end(None)

    def _before_call(self, module: nn.Module) -> None:
        """Begin to watch if this is the model."""
        if self._watch is not None or self._is_elsewhere() or not torch.is_grad_enabled() or not self._made:
            return
        if any(isinstance(each, nn.UninitializedParameter) for each in module.parameters()):
            self._late = True  # it does not yet know its own shapes
            return
        ids = {id(each) for each in module.parameters()}
        self._called = self._called or bool(ids)
        for number, optimizer in self._wanted():
            held = held_by(optimizer)
            if held.keys() <= ids and held:
                others = (each for _, other in self._all() if other is not optimizer for each in held_by(other))
                self._begin(model_within(module, held, others), optimizer, number)
                return
            if held.keys() & ids:
                if any(each is module for each in self._parts):  # all of them have had their turn
                    self._begin(model_around(self._parts, held), optimizer, number, late=True)
                else:
                    self._parts.append(module)
                return
        if trainable(module) and all(each is not module for each in self._strangers):
            self._strangers.append(module)

    def _after_call(self, module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any], answer: Any) -> None:
        """Take note of the loss if this is it."""
        if self._watch is None or self._watched is None or self._loss is not None or self._over:
            return
        model, optimizer, _ = self._watched
        if module is model or any(id(each) in held_by(optimizer) for each in module.parameters()):
            return
        number = isinstance(answer, torch.Tensor) and answer.requires_grad and answer.numel() == 1
        if number or isinstance(module, nn.modules.loss._Loss):
            self._loss, self._looking = module, False
            self._watch.loss_is(module, args, kwargs)

    def _before_update(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        if self._is_elsewhere():
            return
        self._stepped, self._updating = True, optimizer
        if self._watched is not None:
            self._shared = self._shared or (optimizer is not self._watched[1] and not self._over)
            return
        number = next((number for number, each in self._wanted() if each is optimizer), None)
        if number is None:
            return
        parts = [each for each in self._parts if any(id(part) in held_by(optimizer) for part in each.parameters())]
        if parts:
            self._begin(model_around(parts, held_by(optimizer)), optimizer, number, late=True)
        elif gets_no_gradient(optimizer):
            trained = [each for each in self._strangers if any(part.grad is not None for part in each.parameters())]
            if trained:
                self._begin(trained[-1], optimizer, number, late=True)

    def _after_update(self, optimizer: torch.optim.Optimizer, *_: Any) -> None:
        self._updating = None
        if self._watched is not None and optimizer is self._watched[1] and not self._is_elsewhere():
            self._updates += 1
            self._looking = self._looking and self._updates < 2  # a loss that is a module has been called by then

    def _begin(self, model: nn.Module, optimizer: torch.optim.Optimizer, number: int, *, late: bool = False) -> None:
        try:
            self._watch = watch(model, optimizer, on_finding=self._tell, every=self._every)
        except LooplabError as error:
            self._said, self._looking = str(error), False
            return
        self._watch.begin(within_update=self._updating is optimizer)
        self._watched, self._late = (model, optimizer, number), self._late or late
        self._parts, self._strangers = [], []

    def _end(self, error: BaseException | None) -> None:
        if self._watch is not None and not self._over:
            self._over = True
            self._watch.end(error)

    @contextmanager
    def _not_in_the_way(self) -> Iterator[None]:
        """Whatever a module of the person's may do when it is asked for its parameters, the script goes on."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - the person's own code
            self._said, self._looking = f"its model cannot be looked at ({type(error).__name__}: {error})", False

    def _tell(self, finding: Finding) -> None:
        if not self._is_elsewhere():
            self._on_finding(self._as_sure(finding))

    def _all(self) -> list[tuple[int, torch.optim.Optimizer]]:
        """The optimizers that are still there, with their numbers."""
        alive = ((number, each()) for number, (_, each) in enumerate(self._made, start=1))
        return [(number, each) for number, each in alive if each is not None]

    def _wanted(self) -> list[tuple[int, torch.optim.Optimizer]]:
        """Those of them that may be watched."""
        return [(number, each) for number, each in self._all() if self._number in {None, number}]


def _name_of(model: nn.Module) -> str:
    if isinstance(model, nn.ModuleDict):
        return " and ".join(type(each).__name__ for each in model.values())
    return type(model).__name__
