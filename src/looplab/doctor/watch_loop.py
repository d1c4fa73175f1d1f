"""Watches a person's own training loop, changes nothing in it, and says what is wrong."""

import contextlib
import functools
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any

import torch
from torch import nn

from looplab.doctor.conclusion import concluded
from looplab.doctor.diagnosis import Diagnosis
from looplab.doctor.finding import Finding
from looplab.doctor.randomness import own_random_state
from looplab.doctor.running import quiet
from looplab.doctor.watching import Watching
from looplab.errors import DoctorError, shown
from looplab.numbers import whole_number
from looplab.words import kind_in_words

__all__ = ["Watch", "require_options", "watch"]


def watch(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_fn: Callable[..., Any] | None = None,
    *,
    on_finding: Callable[[Finding], None] | None = None,
    every: int | None = None,
) -> "Watch":
    """Watch a loop of your own within a `with` statement.

    A step is what happens from a call of the model, with gradients on, to the optimizer's step. No number of the
    training changes, random state included. Each operation is recorded in the first step and in a few later ones;
    gradients and updates in the first four and in as many pairs of later ones as 1 % of the time allows.

    Args:
        model: the model that the loop trains.
        optimizer: its optimizer.
        loss_fn: the loss; of one that is a module, all calls are seen. None where there is no such thing.
        on_finding: called with each finding once, while the loop runs; whatever it raises ends the loop.
        every: look at every N-th step (and the one after it), whatever that costs, rather than by time.

    Raises:
        DoctorError: an argument is not what it should be.

    Examples:
        >>> import torch, looplab.doctor
        >>> model, old = torch.nn.Linear(3, 1), torch.nn.Linear(3, 1)
        >>> optimizer, loss_fn = torch.optim.SGD(old.parameters(), lr=0.1), torch.nn.MSELoss()
        >>> with looplab.doctor.watch(model, optimizer, loss_fn) as doctor:
        ...     for x in torch.randn(8, 32, 3):
        ...         optimizer.zero_grad()
        ...         loss_fn(model(x), x.sum(dim=1, keepdim=True)).backward()
        ...         optimizer.step()
        >>> doctor.diagnosis().findings[0].fault
        'optimizer_wrong_params'
    """
    _require(isinstance(model, nn.Module), "model", "a torch.nn.Module", model)
    _require(isinstance(optimizer, torch.optim.Optimizer), "optimizer", "a torch.optim.Optimizer", optimizer)
    _require(loss_fn is None or callable(loss_fn), "loss_fn", "a function", loss_fn)
    require_options(on_finding, every)
    if any(isinstance(each, nn.UninitializedParameter) for each in model.parameters()):
        fix = "Call the model once on a batch before it is watched."
        raise DoctorError("model", expected="parameters with a shape", got="lazy ones", fix=fix)
    if not any(True for _ in model.parameters()):
        raise DoctorError("model", expected="a model with parameters", got="one without")
    return Watch(model, optimizer, loss_fn, on_finding, every)


class Watch:
    """A loop that is watched; made by `looplab.doctor.watch`."""

    def __init__(
        self,
        model: nn.Module,
        optimizer: torch.optim.Optimizer,
        loss_fn: Callable[..., Any] | None,
        on_finding: Callable[[Finding], None] | None,
        every: int | None,
    ) -> None:
        self._make = functools.partial(Watching, model, optimizer, loss_fn, every, self._after_sample)
        self._watching: Watching | None = None
        self._on_finding, self._samples = on_finding, 0
        self._told: set[str] = set()
        self._error: BaseException | None = None

    def __enter__(self) -> "Watch":
        self.begin()
        return self

    def begin(self, *, within_update: bool = False) -> None:
        """Begin to watch, as the `with` statement does.

        Args:
            within_update: whether the optimizer's step has begun already, whose closure calls the model.

        Raises:
            DoctorError: it has begun before.
        """
        if self._watching is not None:
            raise DoctorError("watch", expected="one loop for each watch", got="a second one")
        with own_random_state():
            self._watching = self._make()
        self._watching.start(within_update=within_update)

    def end(self, error: BaseException | None = None) -> None:
        """Complete the open step, and watch no longer.

        Args:
            error: what ended the loop, if anything did; a rule may know it.

        Raises:
            DoctorError: the loop has not begun.
        """
        self._error = error
        self._begun().stop()

    def loss_is(self, loss_fn: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Say only now what the loss is; for a loop that has begun without one.

        Args:
            loss_fn: the loss, which has just been called.
            args: what it was called with.
            kwargs: likewise, by name.

        Raises:
            DoctorError: the loop has not begun.
        """
        self._begun().loss_is(loss_fn, args, kwargs)

    def called(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        """Say that the model is being called, where the loop has begun within this call.

        Args:
            args: what it is called with.
            kwargs: likewise, by name.

        Raises:
            DoctorError: the loop has not begun.
        """
        self._begun().called(args, kwargs)

    def step_begins(self) -> None:
        """Say that a step begins, where the model is not called itself but only modules in it.

        Raises:
            DoctorError: the loop has not begun.
        """
        self._begun().step_begins()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            self.end()
            self._tell()
            return
        self._on_finding = None
        with contextlib.suppress(Exception):  # nothing of ours may take the place of the person's own error
            self.end(error)
            diagnosis = self.diagnosis()
            error.diagnosis = diagnosis  # type: ignore[attr-defined]  # beside the person's own error
            if isinstance(error, Exception):
                error.add_note(str(diagnosis))

    @property
    def differentiated(self) -> bool:
        """Whether `backward` was called, on anything, while the loop was watched."""
        return self._begun().differentiated

    def diagnosis(self) -> Diagnosis:
        """What the rules find in what was seen so far; may be asked within the loop.

        Raises:
            DoctorError: the loop has not begun.
        """
        watching, began = self._begun(), time.perf_counter()
        with watching.paused(), own_random_state(), quiet():
            record = watching.seen.record(watching.optimizer, watching.loss_fn, self._error)
            found = concluded(record, began, raising=False)  # the error is raised by the person's loop, not by us
        notes = [*watching.seen.notes, *_notes(watching, rated=bool(record.epochs))]
        findings = found.findings
        if not record.epochs:
            findings = tuple(each if each.configuration else replace(each, level="worth a look") for each in findings)
        return replace(found, steps=watching.count, findings=findings, notes=tuple(notes))

    def _begun(self) -> Watching:
        if self._watching is None:
            raise DoctorError("watch", expected="a loop within `with looplab.doctor.watch(…):`", got="none so far")
        return self._watching

    def _after_sample(self, finite: bool) -> None:
        self._samples += 1
        due = self._samples >= 4 and self._samples & (self._samples - 1) == 0
        if due or not finite:
            self._tell()

    def _tell(self) -> None:
        if self._on_finding is None:
            return
        for finding in self.diagnosis().findings:
            if finding.fault not in self._told:
                self._told.add(finding.fault)
                self._on_finding(finding)


def _notes(watching: Watching, *, rated: bool) -> list[str]:
    looked = len(watching.seen.steps)
    notes = [f"Of {watching.count} steps, {looked} were looked at closely."] if looked < watching.count else []
    if not watching.count:
        notes.append("No step was seen: the model was never called with gradients on.")
    elif not rated:
        notes.append("The targets are not known, so how well the model does was not measured; symptoms count less.")
    return notes


def require_options(on_finding: Callable[[Finding], None] | None, every: int | None) -> None:
    """Refuse options of a watch that are not what they should be.

    Args:
        on_finding: as for `watch`.
        every: likewise.

    Raises:
        DoctorError: one of them is not.
    """
    _require(on_finding is None or callable(on_finding), "on_finding", "a function", on_finding)
    if every is not None and whole_number(every) < 1:
        raise DoctorError("every", expected="a whole number above 0", got=shown(every))


def _require(fits: bool, name: str, expected: str, value: object) -> None:
    if not fits:
        raise DoctorError(name, expected=expected, got=kind_in_words(value))
