"""Goes through a training by its protocol: each batch a step, each epoch a validation; observed, or just trained."""

import contextlib
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.observing import Observer
from looplab.doctor.operations import LOSSES, Operation
from looplab.doctor.parts import Parts
from looplab.doctor.randomness import own_random_state
from looplab.doctor.record import EpochSeen, LossCall, StepSeen
from looplab.doctor.task import Score, Task, first_tensor, score, task_of
from looplab.doctor.trials import Outcome

__all__ = ["Course", "evaluated", "followed", "joined", "losses_among", "quiet", "tried"]

ROWS_KEPT = 20_000
"""Rows of the training data that are kept to be looked at and to score the model with."""
ROWS_AT_ONCE = 1024
"""Rows for which the model is called at once when it is scored."""


@dataclass(kw_only=True)
class Course:
    """What was gathered along the way, before it is a record.

    Attributes:
        inputs, targets, fed, fed_targets: of the first epoch, a list of batches each; empty where they are no tensors.
        handed: the tensors themselves that `inputs` are copies of.
    """

    observer: Observer
    task: Task = field(default_factory=lambda: Task(kind="unknown"))
    inputs: list[Tensor] = field(default_factory=list)
    handed: list[Tensor] = field(default_factory=list)
    targets: list[Tensor] = field(default_factory=list)
    fed: list[Tensor] = field(default_factory=list)
    fed_targets: list[Tensor] = field(default_factory=list)
    batch_rows: list[int] = field(default_factory=list)
    validation_fed: Tensor | None = None
    operations: list[Operation] = field(default_factory=list)
    last_operations: list[Operation] = field(default_factory=list)
    losses: list[LossCall] = field(default_factory=list)
    epochs: list[EpochSeen] = field(default_factory=list)
    error: BaseException | None = None


def followed(parts: Parts, *, seconds: float) -> Course:
    """Train the parts as they are, and note all that happens; ends early where the time is over or the code fails.

    Args:
        parts: a copy, which is trained.
        seconds: of this thread's processor time, after which no further epoch begins: how busy a machine is changes
            little.
    """
    course = Course(observer=Observer(parts.model, parts.optimizer))
    began = time.thread_time()
    with course.observer as observer, quiet():
        loss_fn = observer.seen_by(parts.loss_fn)
        try:
            for epoch in range(parts.epochs):
                if epoch and time.thread_time() - began > seconds:
                    break
                _one_epoch(parts, loss_fn, course, epoch, last=epoch == parts.epochs - 1)
                course.epochs.append(_end_of_epoch(parts, course))
        except Exception as error:  # noqa: BLE001  # the person's own code, which may raise anything
            course.error = error
    return course


def tried(name: str, parts: Parts, task: Task, fed: Tensor | None, fed_targets: Tensor | None) -> Outcome:
    """Train the parts, unobserved, and say how well they then do on the rows that were fed to the model."""
    try:
        with quiet():
            for _ in range(parts.epochs):
                for x, y in parts.batches():
                    parts.step(parts.model, parts.optimizer, parts.loss_fn, x, y)
    except Exception as error:  # noqa: BLE001  # a change may not fit the person's code
        return Outcome(name=name, train=None, failed=f"{type(error).__name__}: {error}")
    train = _score(parts.model, fed, fed_targets, task)
    return Outcome(name=name, train=train, validation=_validation_score(parts, task, None))


def evaluated(model: nn.Module, inputs: Tensor, others: dict[str, Tensor] | None = None) -> Tensor | None:
    """What the model says in evaluation mode; None where it cannot be called with these inputs. Leaves it as it was.

    Args:
        model: the model.
        inputs: what it is given first.
        others: what it is given by name besides, with as many rows.
    """
    modes = [(module, module.training) for module in model.modules()]
    try:
        for module, _ in modes:
            module.training = False
        with quiet(), own_random_state(), torch.no_grad():
            named = {name: each.split(ROWS_AT_ONCE) for name, each in (others or {}).items()}
            parts = [
                first_tensor(model(rows, **{name: each[number] for name, each in named.items()}))
                for number, rows in enumerate(inputs.split(ROWS_AT_ONCE))
            ]
        known = [part for part in parts if part is not None]
        return torch.cat(known) if len(known) == len(parts) else None
    except Exception:  # noqa: BLE001  # the person's own code
        return None
    finally:
        for module, mode in modes:
            module.training = mode


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Let nothing that is examined write warnings, and record gradients whatever the caller has switched off."""
    with _no_warnings(), torch.inference_mode(mode=False), torch.enable_grad():
        yield


@contextlib.contextmanager
def _no_warnings() -> Iterator[None]:
    """Ignore all warnings, and have Python remember which ones of the person's it has shown.

    `warnings.catch_warnings` would have it forget, so that what is shown once is shown again.
    """
    filters: Any = warnings.filters
    before = list(filters)
    filters.insert(0, ("ignore", None, Warning, None, 0))
    try:
        yield
    finally:
        warnings.filters, filters[:] = filters, before


def _one_epoch(parts: Parts, loss_fn: Any, course: Course, epoch: int, *, last: bool) -> None:
    observer, rows = course.observer, 0
    for number, (x, y) in enumerate(parts.batches()):
        kept = first_tensor(x)
        before = None if kept is None else kept.detach().clone()
        look = (epoch == 0 and number == 0) or (last and number == 0)
        with observer.one_step(epoch, x) as step:
            if look:
                _look_closely(parts, loss_fn, course, step, (x, y))
            else:
                observer.returned(step, parts.step(parts.model, parts.optimizer, loss_fn, x, y))
        if epoch == 0:
            course.batch_rows.append(step.rows)
            rows += step.rows
            if rows <= ROWS_KEPT or number == 0:
                _keep(course, before, y)
                course.handed += [] if kept is None else [kept]
    if epoch == 0:
        course.task = task_of(joined(course.targets))


def _look_closely(parts: Parts, loss_fn: Any, course: Course, step: StepSeen, batch: tuple[Any, Any]) -> None:
    """A step with all its operations, which are kept even where it raises."""
    observer = course.observer
    try:
        with observer.operations() as course.last_operations:
            observer.returned(step, parts.step(parts.model, parts.optimizer, loss_fn, *batch))
    finally:
        if step.index == 0:
            course.operations = course.last_operations
            course.losses = observer.losses + losses_among(course.operations)


def losses_among(operations: list[Operation]) -> list[LossCall]:
    """The calls of torch's losses, by their names."""
    return [
        LossCall(
            name=each.name,
            outputs=each.first,
            targets=each.second,
            value=each.output,
            reduction=str(each.arguments.get("reduction", "mean")),
        )
        for each in operations
        if each.name in LOSSES and each.first is not None and each.second is not None and each.output is not None
    ]


def _keep(course: Course, inputs: Tensor | None, y: Any) -> None:
    targets, observer = first_tensor(y), course.observer
    for place, value in (
        (course.inputs, inputs),
        (course.targets, None if targets is None else targets.detach().clone()),
        (course.fed, observer.fed),
        (course.fed_targets, observer.fed_targets),
    ):
        if value is not None:
            place.append(value)


def joined(batches: list[Tensor]) -> Tensor | None:
    """Batches one after the other; None where they do not fit together."""
    if not batches or any(each.ndim == 0 or each.shape[1:] != batches[0].shape[1:] for each in batches):
        return None
    return torch.cat(batches)


def _end_of_epoch(parts: Parts, course: Course) -> EpochSeen:
    observer = course.observer
    reported, mode = float("nan"), None
    if parts.validation is not None and parts.validate is not None:
        observer.fed, observer.in_training_mode = None, None
        try:
            reported = float(parts.validate(parts.model, *parts.validation))
        except (TypeError, ValueError):
            reported = float("nan")
        mode = observer.in_training_mode
        course.validation_fed = observer.fed if observer.fed is not None else course.validation_fed
    return EpochSeen(
        train=_score(parts.model, joined(course.fed), joined(course.targets), course.task),
        validation=_validation_score(parts, course.task, course.validation_fed),
        reported=reported,
        validated_in_training_mode=mode,
    )


def _validation_score(parts: Parts, task: Task, fed: Tensor | None) -> Score | None:
    if parts.validation is None:
        return None
    x, y = parts.validation
    targets, inputs = first_tensor(y), first_tensor(x)
    if fed is not None and inputs is not None and len(fed) == len(inputs):
        inputs = fed
    return _score(parts.model, inputs, targets, task)


def _score(model: nn.Module, inputs: Tensor | None, targets: Tensor | None, task: Task) -> Score | None:
    if inputs is None or targets is None or len(inputs) != len(targets):
        return None
    outputs = evaluated(model, inputs)
    return None if outputs is None else score(outputs, targets, task)
