"""What is written down during a training, step by step."""

import math
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from torch import Tensor, nn

from looplab.errors import DivergenceError
from looplab.loop.evaluation import predicted
from looplab.loop.losses import Objective
from looplab.loop.metrics import measure
from looplab.loop.recipe import Recipe
from looplab.loop.recording import Recording

__all__ = ["History"]


class History:
    """The losses and metrics of a training, and the time since its loop began.

    Args:
        model: the model that is trained.
        recipe: how.
        recording: what is to be recorded.
        objective: what is minimized.

    Attributes:
        train_loss: the recorded losses of batches, each before its step's update.
        validation_loss: those of the validation rows after it; empty without them.
        train_metrics: values beside `train_loss`, by the metric's name.
        validation_metrics: values beside `validation_loss`, by the metric's name; empty without validation rows.
        lr: the learning rate of the step that is being taken.
        loss: the loss of the last step's batch, recorded or not; NaN before the first.
    """

    def __init__(self, model: nn.Module, recipe: Recipe, recording: Recording, objective: Objective) -> None:
        self._model, self._record_every = model, recording.every
        self._validation, self._metrics, self._objective = recording.validation, recording.metrics, objective
        self.train_loss: list[float] = []
        self.validation_loss: list[float] = []
        self.train_metrics: dict[str, list[float]] = {name: [] for name in self._metrics}
        self.validation_metrics: dict[str, list[float]] = {name: [] for name in self._metrics if self._validation}
        self.loss = math.nan
        self._started = time.perf_counter()
        self.lr = recipe.lr
        self._judging: Callable[[], AbstractContextManager[object]] = nullcontext
        self._finite_at_first = {name for name, parameter in model.named_parameters() if _is_finite(parameter)}

    @property
    def seconds(self) -> float:
        """Wall time of the loop up to now."""
        return time.perf_counter() - self._started

    def judged_within(self, judging: Callable[[], AbstractContextManager[object]]) -> None:
        """Have the validation rows measured within a context, in which the model has other parameters."""
        self._judging = judging

    def measured(self, step: int, loss: Tensor, outputs: Tensor, targets: Tensor) -> None:
        """Write down the loss of a step's batch, and metrics of its outputs, where they are due.

        Raises:
            DivergenceError: the loss is infinite or NaN.
        """
        self.loss = loss.item()
        if not math.isfinite(self.loss):
            raise DivergenceError(step=step, lr=self.lr, loss=self.loss)
        if self._is_due(step):
            self.train_loss.append(self.loss)
            for name, function in self._metrics.items():
                self.train_metrics[name].append(measure(name, function, outputs, targets))

    def updated(self, step: int) -> None:
        """Measure the validation rows after the update of a step, where they are due."""
        if self._validation is None or not self._is_due(step):
            return
        with self._judging():
            outputs, targets = predicted(self._model, self._validation)
        self.validation_loss.append(self._objective.mean(outputs, targets).item())
        for name, function in self._metrics.items():
            self.validation_metrics[name].append(measure(name, function, outputs, targets))

    def finished(self, steps: int) -> None:
        """Look at the parameters once more, which the last update may have left infinite or NaN: no loss follows it.

        Raises:
            DivergenceError: it has.
        """
        for name, parameter in self._model.named_parameters():
            if name in self._finite_at_first and not _is_finite(parameter):
                value = parameter[~torch.isfinite(parameter)][0].item()
                what = f"the parameter {name} after the update of"
                raise DivergenceError(step=steps - 1, lr=self.lr, loss=value, what=what)

    def state_dict(self) -> dict[str, object]:
        """What a checkpoint keeps of it."""
        losses = {"train_loss": self.train_loss, "validation_loss": self.validation_loss}
        return {
            "losses": _as_tensors(losses),
            "train_metrics": _as_tensors(self.train_metrics),
            "validation_metrics": _as_tensors(self.validation_metrics),
            "loss": self.loss,
            "lr": self.lr,
            "seconds": self.seconds,
            "finite_at_first": sorted(self._finite_at_first),
        }

    def load_state_dict(self, state: Mapping[str, object]) -> None:
        """Go on from what a checkpoint kept."""
        losses = _as_lists(state["losses"])
        self.train_loss, self.validation_loss = losses["train_loss"], losses["validation_loss"]
        self.train_metrics = _as_lists(state["train_metrics"])
        self.validation_metrics = _as_lists(state["validation_metrics"])
        self.loss = float(state["loss"])  # type: ignore[arg-type]  # as state_dict wrote it
        self.lr = float(state["lr"])  # type: ignore[arg-type]
        self._started = time.perf_counter() - float(state["seconds"])  # type: ignore[arg-type]
        self._finite_at_first = set(state["finite_at_first"])  # type: ignore[call-overload]

    def _is_due(self, step: int) -> bool:
        return (step + 1) % self._record_every == 0


def _as_tensors(lists: Mapping[str, list[float]]) -> dict[str, Tensor]:
    return {name: torch.tensor(values, dtype=torch.float64) for name, values in lists.items()}


def _as_lists(tensors: object) -> dict[str, list[float]]:
    return {name: values.tolist() for name, values in tensors.items()}  # type: ignore[attr-defined]


def _is_finite(parameter: Tensor) -> bool:
    return bool(torch.isfinite(parameter.detach()).all())
