"""Trains a copy for a while, looks at all that happens, and says what is wrong."""

import copy
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from looplab.doctor.conclusion import concluded
from looplab.doctor.diagnosis import Diagnosis
from looplab.doctor.parts import Parts, Step, Validate, checked_parts
from looplab.doctor.randomness import own_random_state
from looplab.doctor.record import Record
from looplab.doctor.running import Course, followed, joined, quiet, tried
from looplab.doctor.sameness import same_values
from looplab.doctor.task import first_tensor
from looplab.doctor.trials import Trials

__all__ = ["examine", "recorded"]

FOLLOWING_SECONDS = 3.0
"""After which no further epoch of the training that is followed begins."""
TRIALS_SECONDS = 4.0
"""After which no further change is tried on copies."""


def examine(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_fn: Callable[..., Any],
    batches: Any,
    *,
    step: Step | None = None,
    validation: tuple[Any, Any] | None = None,
    validate: Validate | None = None,
    epochs: int = 1,
) -> Diagnosis:
    """Say why a training does not learn, or that it is healthy.

    The training is run on copies of what is handed over, which stays as it is, random state included. In an epoch,
    `step` is called for each batch, then `validate` if validation data are given; nothing else is called, so that
    `train()`, `eval()`, schedules and clipping belong into these two functions.

    Args:
        model: the model, as it is before the training.
        optimizer: the optimizer.
        loss_fn: of (outputs, targets).
        batches: () -> an iterable of (x, y), one epoch; a loader or a list will do.
        step: (model, optimizer, loss_fn, x, y) -> loss, the step as you wrote it; None for the textbook one.
        validation: (x, y), or None.
        validate: (model, x, y) -> the number that you report, higher is better.
        epochs: how often you want to go through the batches.

    Returns:
        The findings, most likely first; `print` them, or look at `healthy`, `findings`, `to_html()`, `to_json()`.

    Raises:
        DoctorError: an argument is not what it should be.
        Exception: whatever your own code raises, unless a finding explains it; it then carries the findings so far as
            a note and as its attribute `diagnosis`.

    Examples:
        >>> import torch, looplab.doctor
        >>> x = torch.randn(256, 3, generator=torch.Generator().manual_seed(0))
        >>> y = x.sum(dim=1, keepdim=True)
        >>> model = torch.nn.Linear(3, 1)
        >>> old = torch.nn.Linear(3, 1)
        >>> optimizer = torch.optim.SGD(old.parameters(), lr=0.1)
        >>> batches = list(zip(x.split(32), y.split(32)))
        >>> looplab.doctor.examine(model, optimizer, torch.nn.MSELoss(), batches).findings[0].fault
        'optimizer_wrong_params'
    """
    parts = checked_parts(
        model, optimizer, loss_fn, batches, step=step, validation=validation, validate=validate, epochs=epochs
    )
    began = time.perf_counter()
    with own_random_state(), quiet():
        record = recorded(parts)
        return concluded(record, began)


def recorded(parts: Parts) -> Record:
    """Follow a copy of the training, and put down what is seen."""
    copied, shared = parts.copied_with_notes()
    start = copy.deepcopy(copied.model)
    random_state = torch.get_rng_state()
    course = followed(copied, seconds=FOLLOWING_SECONDS)
    observer = course.observer
    fed, targets = joined(course.fed), joined(course.targets)
    seen = max(1, len(course.epochs))
    same_length = Parts(**{**vars(parts), "epochs": seen})
    x, y = (None, None) if parts.validation is None else parts.validation
    return Record(
        parts=parts,
        start=start,
        model=copied.model,
        optimizer=copied.optimizer,
        loss_fn=copied.loss_fn,
        names=observer.names,
        task=course.task,
        inputs=joined(course.inputs),
        targets=targets,
        batch_rows=course.batch_rows,
        fed=fed,
        fed_targets=joined(course.fed_targets),
        validation_inputs=first_tensor(x),
        validation_targets=first_tensor(y),
        validation_fed=course.validation_fed if course.validation_fed is not None else first_tensor(x),
        operations=course.operations,
        last_operations=course.last_operations,
        losses=course.losses,
        steps=observer.steps,
        epochs=course.epochs,
        wished_epochs=parts.epochs,
        error=course.error,
        data_changed=_may_have_changed(course) and _data_changed(parts, copied),
        trials=Trials(same_length, lambda name, each: tried(name, each, course.task, fed, targets), TRIALS_SECONDS),
        shared=shared,
        random_state=random_state,
    )


def _may_have_changed(course: Course) -> bool:
    """Whether a step changed its batch, or what was handed out in the first epoch is no longer what it was.

    Batches that are made in the same memory one after the other say nothing.
    """
    if any(step.inputs_changed for step in course.observer.steps):
        return True
    places = {batch.data_ptr() for batch in course.handed}
    if len(places) < len(course.handed):
        return False
    return any(not same_values(batch, was) for batch, was in zip(course.handed, course.inputs, strict=True))


def _data_changed(parts: Parts, trained: Parts) -> bool:
    """Whether an epoch's inputs are others after the training; their order does not matter."""
    before, after = (joined(_inputs(each)) for each in (parts.copied(), trained))
    if before is None or after is None or before.shape != after.shape:
        return False
    sums = [torch.sort(each.reshape(len(each), -1).double().sum(dim=1)).values for each in (before, after)]
    return not torch.allclose(sums[0], sums[1], rtol=1e-4, atol=1e-6, equal_nan=True)


def _inputs(parts: Parts) -> list[torch.Tensor]:
    with own_random_state(0):
        found = [first_tensor(x) for x, _ in parts.batches()]
    return [each for each in found if each is not None]
