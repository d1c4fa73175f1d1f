"""What a training minimizes: its task's loss, another one of looplab's, or any function of outputs and targets."""

import copy
import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.data.dataset import type_name
from looplab.errors import ChoiceError, ModelError, shown
from looplab.loop.losses.loss import Loss
from looplab.loop.surroundings import fresh_state, in_a_line
from looplab.words import kind_in_words

__all__ = ["LossLike", "Objective", "objective_among"]


class Objective:
    """The loss of a batch, of outputs B×O and targets.

    Attributes:
        name: of the loss, as it is shown.
        registered: the entry in `LOSSES` that it is, or None: a function of the caller's.
    """

    def __init__(
        self,
        name: str,
        registered: Loss | None,
        function: Callable[..., Any],
        each: Any,
        of_classes: Tensor | None = None,
    ) -> None:
        self.name, self.registered, self._function, self._each = name, registered, function, each
        self._of_classes = of_classes

    @property
    def by_rows(self) -> bool:
        """Whether the loss of each row is known, so that rows can have weights."""
        return self._each is not None

    def mean(self, outputs: Float[Tensor, "B O"], targets: Tensor) -> Float[Tensor, ""]:
        """The loss over a batch, all rows alike."""
        loss: Tensor = self._function(outputs, targets)
        return loss.mean() if loss.ndim else loss

    def weighted(self, outputs: Float[Tensor, "B O"], targets: Tensor, weights: Tensor) -> Float[Tensor, ""]:
        """The loss over a batch as a weighted mean, Σ wᵢ·lossᵢ / Σ wᵢ."""
        if self.registered is not None:
            return self.registered.weighted(outputs, targets, weights)
        losses, shares = self._each(outputs, targets)
        if losses.ndim == 2:
            losses = losses.mean(dim=1)
        total: Tensor = (weights * losses).sum()
        return total.div((weights * shares).sum())

    def total(self, outputs: Float[Tensor, "B O"], targets: Tensor, weights: Tensor) -> Float[Tensor, ""]:
        """Σ wᵢ·lossᵢ over rows. Over all parts of a batch it adds up to the mean times `divisor`."""
        if self.registered is not None:
            losses = self.registered.function(outputs, targets, reduction="none")
        else:
            losses, _ = self._each(outputs, targets)
        total: Tensor = (weights * (losses.mean(dim=1) if losses.ndim == 2 else losses)).sum()
        return total

    def divisor(self, targets: Tensor, weights: Tensor) -> Float[Tensor, ""]:
        """What the mean over a batch divides by: Σ wᵢ, where classes have weights times those."""
        return (weights if self._of_classes is None else weights * self._of_classes[targets]).sum()


LossLike: TypeAlias = str | Loss | Objective | Callable[[Tensor, Tensor], Tensor] | None
"""What a caller may give as a loss; None for the task's."""


def objective_among(losses: dict[str, Loss], loss: Any, dataset: Dataset) -> Objective:
    """What is minimized on a dataset.

    Args:
        losses: the registered ones by name.
        loss: a name, an entry, torch's loss module, or any function (outputs B×O, targets) -> the loss of each row, of
            each row and output, or of the whole batch; None for the loss of the dataset's task.
        dataset: whose task and targets it must fit.

    Raises:
        ChoiceError: an unknown name, or one of another task.
        ModelError: a function that does not take these targets, or gives no loss.
    """
    if isinstance(loss, Objective):
        return loss
    entry = _entry(losses, loss, dataset)
    if entry is not None:
        return Objective(entry.name, entry, entry.function, entry.function)
    name = type(loss).__name__ if isinstance(loss, nn.Module) else getattr(loss, "__name__", type(loss).__name__)
    if not callable(loss):
        raise ModelError("loss", expected="a name, or a function of outputs and targets", got=shown(loss))
    tried = _tried(name, loss, dataset)
    if tried.ndim:
        return Objective(name, None, loss, lambda outputs, targets: (loss(outputs, targets), 1.0))
    return Objective(name, None, loss, _each_row(loss), _weights_of_classes(loss))


def _entry(losses: dict[str, Loss], loss: Any, dataset: Dataset) -> Loss | None:
    if loss is None:
        return next(entry for entry in losses.values() if entry.task == dataset.task and entry.of_task)
    fitting = {name: entry for name, entry in losses.items() if entry.task == dataset.task}
    if isinstance(loss, Loss | str):
        name = loss.name if isinstance(loss, Loss) else loss
        if name not in fitting:
            raise ChoiceError(f"loss for '{dataset.name}' ({dataset.task})", name, fitting)
        return fitting[name]
    plain = (entry for entry in fitting.values() if type(loss) is entry.module_class)
    return next((entry for entry in plain if _is_plain(loss)), None)


def _is_plain(module: Any) -> bool:
    """Whether a module of torch's is what the class gives without arguments."""
    kept = ("training", "_forward_hooks", "_forward_pre_hooks", "_parameters", "_modules")
    mine, theirs = (
        {key: value for key, value in vars(each).items() if key not in kept} for each in (module, type(module)())
    )
    buffers = [*mine.pop("_buffers").values()]
    theirs.pop("_buffers")
    return mine == theirs and all(each is None for each in buffers) and not module._forward_hooks


def _each_row(loss: Any) -> Any:
    """The losses of the rows and their shares in the mean, of a module of torch's that gives a mean; None of others."""
    if not isinstance(loss, nn.Module) or getattr(loss, "reduction", None) != "mean":
        return None
    each = copy.deepcopy(loss)
    each.reduction = "none"  # type: ignore[assignment]
    classes = _weights_of_classes(loss)

    def of_rows(outputs: Tensor, targets: Tensor) -> tuple[Tensor, Any]:
        return each(outputs, targets), 1.0 if classes is None else classes[targets]

    return of_rows


def _weights_of_classes(loss: Any) -> Tensor | None:
    """The weights of the classes, by which torch's mean divides as well; None of other losses."""
    return getattr(loss, "weight", None) if isinstance(loss, nn.CrossEntropyLoss | nn.NLLLoss) else None


def _tried(name: str, loss: Callable[[Tensor, Tensor], Tensor], dataset: Dataset) -> Tensor:
    """What it gives for the first rows, with outputs of 0."""
    rows = min(len(dataset), dataset.outputs + 1)
    shape, targets = (rows, dataset.outputs), dataset.targets[:rows]
    expected = "a function that gives the loss of each row, of each row and output, or of the batch"
    try:
        with warnings.catch_warnings(), fresh_state(0):
            warnings.simplefilter("error")
            given = loss(torch.zeros(shape, dtype=dataset.dtype, requires_grad=True), targets)
    except Exception as error:  # the user's code, which may raise anything
        what = f"loss {name} for outputs {shape} and targets {tuple(targets.shape)}"
        raise ModelError(what, expected="a loss", got=in_a_line(error), fix=_other_type(loss, dataset)) from error
    if not isinstance(given, Tensor):
        raise ModelError(f"loss {name}", expected=expected, got=kind_in_words(given))
    if tuple(given.shape) not in ((), (rows,), shape) or not given.is_floating_point():
        got = f"{type_name(given.dtype)} of shape {tuple(given.shape)} for {rows} rows"
        raise ModelError(f"loss {name}", expected=expected, got=got)
    if not given.requires_grad:
        raise ModelError(f"loss {name}", expected="one whose gradient reaches the outputs", got="one without gradient")
    return given


def _other_type(loss: object, dataset: Dataset) -> str:
    """What to do about a loss with weights of another type than the data; nothing about others."""
    weights = [*loss.buffers(), *loss.parameters()] if isinstance(loss, nn.Module) else []
    if all(each.dtype == dataset.dtype for each in weights if each.is_floating_point()):
        return ""
    name = type_name(dataset.dtype)
    return f"Its weights must be {name}, as the data: {'.float()' if name == 'float32' else '.double()'} makes them so."
