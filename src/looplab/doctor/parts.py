"""What a training is made of, as it is handed to the doctor."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.copying import Copier
from looplab.errors import DoctorError
from looplab.words import kind_in_words

__all__ = ["Parts", "Step", "Validate", "checked_parts", "textbook_step"]

Step = Callable[[nn.Module, torch.optim.Optimizer, Callable[..., Any], Any, Any], Any]
Validate = Callable[[nn.Module, Any, Any], Any]


@dataclass(frozen=True, kw_only=True)
class Parts:
    """A training in its parts; see `looplab.doctor.examine`, which takes them.

    Attributes:
        model: the model.
        optimizer: what updates it, or should.
        loss_fn: of (outputs, targets).
        batches: gives the (inputs, targets) of one epoch.
        step: one step of the training, as the person wrote it; returns the loss.
        validation: (inputs, targets), or None.
        validate: the number that the person reports, higher is better; None if there is none.
        epochs: how often the batches are gone through.
    """

    model: nn.Module
    optimizer: torch.optim.Optimizer
    loss_fn: Callable[..., Any]
    batches: Callable[[], Iterable[tuple[Any, Any]]]
    step: Step
    validation: tuple[Any, Any] | None
    validate: Validate | None
    epochs: int

    def copied(self) -> "Parts":
        """The same training, none of whose objects is one of this; both may be trained apart from each other."""
        return self.copied_with_notes()[0]

    def copied_with_notes(self) -> tuple["Parts", list[str]]:
        """The copy, and the kinds of those things that could not be copied and are shared."""
        copier = Copier()
        parts = Parts(
            model=copier.copied(self.model),
            optimizer=copier.copied(self.optimizer),
            loss_fn=copier.copied(self.loss_fn),
            batches=copier.copied(self.batches),
            step=copier.copied(self.step),
            validation=copier.copied(self.validation),
            validate=copier.copied(self.validate),
            epochs=self.epochs,
        )
        return parts, copier.shared


def textbook_step(
    model: nn.Module, optimizer: torch.optim.Optimizer, loss_fn: Callable[..., Any], x: Any, y: Any
) -> Tensor:
    """The step of the textbook: clear the gradients, compute the loss, its gradient, and update."""
    model.train()
    optimizer.zero_grad()
    loss: Tensor = loss_fn(model(x), y)
    loss.backward()
    optimizer.step()
    return loss


def checked_parts(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    loss_fn: Callable[..., Any],
    batches: Any,
    *,
    step: Step | None,
    validation: tuple[Any, Any] | None,
    validate: Validate | None,
    epochs: int,
) -> Parts:
    """The parts, each checked to be what it should be.

    Raises:
        DoctorError: one is not.
    """
    _require(isinstance(model, nn.Module), "model", "a torch.nn.Module", model)
    _require(isinstance(optimizer, torch.optim.Optimizer), "optimizer", "a torch.optim.Optimizer", optimizer)
    for name, function in (("loss_fn", loss_fn), ("step", step), ("validate", validate)):
        optional = name != "loss_fn" and function is None
        _require(optional or callable(function), name, "a function", function)
    pair = isinstance(validation, tuple | list) and len(validation) == 2
    _require(validation is None or pair, "validation", "a pair of inputs and targets", validation)
    if isinstance(epochs, bool) or not isinstance(epochs, int) or epochs < 1:
        raise DoctorError("epochs", expected="a whole number above 0", got=repr(epochs))
    if any(isinstance(each, nn.UninitializedParameter) for each in model.parameters()):
        fix = "Call the model once on a batch before it is examined."
        raise DoctorError("model", expected="parameters with a shape", got="lazy ones", fix=fix)
    return Parts(
        model=model,
        optimizer=optimizer,
        loss_fn=loss_fn,
        batches=_as_function(batches),
        step=step or textbook_step,
        validation=None if validation is None else (validation[0], validation[1]),
        validate=validate,
        epochs=epochs,
    )


def _require(fits: bool, name: str, expected: str, value: object) -> None:
    if not fits:
        raise DoctorError(name, expected=expected, got=kind_in_words(value))


def _as_function(batches: Any) -> Callable[[], Iterable[tuple[Any, Any]]]:
    """Batches as a function that gives an epoch's; a list or a loader of batches is given again each epoch.

    Raises:
        DoctorError: it is neither, or an iterator, which ends after one epoch.
    """
    if isinstance(batches, Iterator):
        raise DoctorError(
            "batches",
            expected="a function that gives the batches of an epoch, a loader, or a list",
            got=f"{kind_in_words(batches)}, which can be gone through once",
            fix="Write batches=lambda: loader, or hand over the function that makes it.",
        )
    if callable(batches) and not isinstance(batches, nn.Module):
        return batches  # type: ignore[no-any-return]  # what it returns is looked at when it is called
    if isinstance(batches, Iterable):
        return lambda: batches
    raise DoctorError(
        "batches",
        expected="a function that gives the batches of an epoch, a loader, or a list",
        got=kind_in_words(batches),
    )
