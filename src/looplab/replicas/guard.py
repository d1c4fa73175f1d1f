"""Whether a stacked step gives what plain PyTorch gives, asked of the models themselves before any is trained.

The guard knows no causes. It takes the models of a few seeds as `make_model` made them, measures their losses and
gradients on batches as they will come, one model after the other by `loss.backward()`, and compares them with one step
of the very function that the vmapped backend trains with. What differs for whatever reason is not trained so.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from looplab.loop.evaluation import evaluating
from looplab.loop.setup import make_loss
from looplab.loop.surroundings import fresh_state, in_a_line, model_errors
from looplab.replicas.batching import Batch, batches_of, equal_groups
from looplab.replicas.call import Call
from looplab.replicas.dropout import MaskSource
from looplab.replicas.initial import InitialModels
from looplab.replicas.stacked import StackedModel
from looplab.replicas.step import dropout_calls, stacked_gradients
from looplab.replicas.undisturbed import State, undisturbed

__all__ = ["Guard"]

_MODELS = 3
_GROUPS = 3
_RELATIVE = 1e-3
"""How far apart two gradients of a parameter may be, as a share of its largest number: rounding stays well below."""
_ABSOLUTE = 1e-6
"""The same as a share of the largest number in the whole gradient: below it, a gradient may be nothing but rounding."""
_EVALUATED_ROWS = 32


@dataclass(frozen=True, eq=False)
class _Trial:
    """A batch for some of the watched models: the numbers of their seeds, in order, and what each learns from."""

    models: list[int]
    batch: Batch

    def of(self, model: int) -> tuple[Tensor, Tensor, Tensor | None]:
        """Inputs, targets and weights of the model of a seed."""
        X, y, w = self.batch.inputs, self.batch.targets, self.batch.weights
        place = self.models.index(model)
        return (X, y, None) if self.batch.shared else (X[place], y[place], None if w is None else w[place])


@dataclass(frozen=True, eq=False)
class _Seen:
    """What plain PyTorch gave for one model and batch: the loss, and the gradient of each parameter or None."""

    loss: Tensor
    gradient: list[Tensor | None]


class Guard:
    """Watches the models of the first seeds, then judges a stacked step by what it saw.

    It leaves models, random state and gradients as they were.

    Args:
        call: the data, and how to train each replica.
        device: where the models lie.
    """

    def __init__(self, call: Call, device: torch.device) -> None:
        self._call, self._device = call, device
        self._mean_loss = make_loss(call.dataset, call.objective)
        self._models = min(_MODELS, len(call.seeds))
        self._trials = list(self._make_trials())
        self._seen: dict[tuple[int, int], _Seen] = {}  # by trial and seed
        self._outputs: list[Tensor] = []
        self._states: list[Tensor] = []
        self._fault: str | None = None

    def watch(self, index: int, model: nn.Module, random_state: Tensor) -> None:
        """See how the model of a seed does by itself, if it is among the first."""
        if index >= self._models or self._fault is not None:
            return
        self._states.append(random_state)
        with fresh_state(0), undisturbed(model), model_errors(self._call.dataset):
            before = State(model)
            model.train()
            for number, trial in enumerate(self._trials):
                if index in trial.models:
                    self._seen[number, index] = self._plainly(model, trial, index)
            if (0, 0) in self._seen and index == 0:
                again = self._plainly(model, self._trials[0], 0)
                if not _as_seen(again, self._seen[0, 0]):
                    self._fault = "it gives another loss or gradient the second time"
            with evaluating(model), torch.no_grad():
                self._outputs.append(model(self._rows()).detach())
            changed = before.changed()
            if changed is not None and self._fault is None:
                self._fault = f"a training step changes the {changed}"

    def verdict(self, template: nn.Module, initial: InitialModels, idle: frozenset[str]) -> str | None:
        """Why a stacked step is not what plain PyTorch gives, as a clause; None if it is.

        Args:
            template: the architecture.
            initial: the initial parameters of the models that were watched.
            idle: names of parameters that no optimizer updates.
        """
        if self._fault is not None:
            return self._fault
        try:
            stacked = StackedModel(template, training=True)
            for number, trial in enumerate(self._trials):
                fault = self._compared(stacked, template, initial, number, trial, idle)
                if fault is not None:
                    return fault
            return self._evaluated(StackedModel(template, training=False), initial)
        except Exception as error:  # noqa: BLE001  # a model is the user's code, which may raise anything
            return f"torch.func.vmap refuses it: {in_a_line(error)}"

    def _make_trials(self) -> Iterator[_Trial]:
        """The first batch of each length for each of the first groups of replicas."""
        call = self._call
        for batch_size, group in equal_groups(call.batch_size, call.row_counts)[:_GROUPS]:
            seeds, first = np.unique(call.seed_index[group], return_index=True)
            chosen = group[first[seeds < self._models]]
            if not len(chosen):
                continue
            models = seeds[seeds < self._models].tolist()
            whole = next(iter(batches_of(call.of(chosen), self._device, steps=1)))
            yield _Trial(models, whole)
            rows = int(call.row_counts[group[0]])
            if 0 < batch_size < rows and rows % batch_size and call.steps > rows // batch_size:
                yield _Trial(models, _cut(whole, rows % batch_size))

    def _plainly(self, model: nn.Module, trial: _Trial, index: int) -> _Seen:
        X, y, w = trial.of(index)
        torch.set_rng_state(self._states[index])
        for parameter in model.parameters():
            parameter.grad = None
        loss = self._mean_loss(model(X), y, w)
        loss.backward()
        gradient = [None if p.grad is None else p.grad.detach().clone() for p in model.parameters()]
        return _Seen(loss.detach(), gradient)

    def _compared(
        self,
        stacked: StackedModel,
        template: nn.Module,
        initial: InitialModels,
        number: int,
        trial: _Trial,
        idle: frozenset[str],
    ) -> str | None:
        seeds = torch.tensor(trial.models)
        parameters = initial.parameters[seeds]
        buffers = {name: buffer[seeds] for name, buffer in initial.buffers.items()}
        calls = dropout_calls(template, trial.of(trial.models[0])[0])
        masks = MaskSource([self._states[model] for model in trial.models], self._device).draw(calls)
        gradient, losses, _ = stacked_gradients(stacked, self._call.objective, parameters, buffers, trial.batch, masks)
        for place, model in enumerate(trial.models):
            seen, theirs = self._seen[number, model], list(initial.layout.split(gradient[place]).values())
            if not _close(losses[place], seen.loss, float(seen.loss.abs())):
                return _differs("loss", self._call.seeds[model])
            largest = max((_largest(each) for each in seen.gradient if each is not None), default=0.0)
            for name, ours, other in zip(initial.layout.names, seen.gradient, theirs, strict=True):
                if (ours is None) != (name in idle) or (ours is not None and not _close(other, ours, largest)):
                    return _differs(f"gradient of {name}", self._call.seeds[model])
        return None

    def _evaluated(self, stacked: StackedModel, initial: InitialModels) -> str | None:
        buffers = {name: buffer[: self._models] for name, buffer in initial.buffers.items()}
        outputs = stacked.all(initial.parameters[: self._models], buffers, self._rows())
        for seed, ours, theirs in zip(self._call.seeds, self._outputs, outputs, strict=False):
            if ours.shape != theirs.shape or not _close(theirs, ours, _largest(ours)):
                return _differs("evaluated output", seed)
        return None

    def _rows(self) -> Tensor:
        return self._call.dataset.inputs[:_EVALUATED_ROWS].to(self._device)


def _cut(batch: Batch, rows: int) -> Batch:
    return Batch(
        inputs=batch.inputs[:, :rows],
        targets=batch.targets[:, :rows],
        weights=None if batch.weights is None else batch.weights[:, :rows],
        shared=False,
    )


def _as_seen(first: _Seen, second: _Seen) -> bool:
    pairs = zip([first.loss, *first.gradient], [second.loss, *second.gradient], strict=True)
    return all(
        (one is None) == (other is None) and (one is None or other is None or _close(one, other, _largest(other)))
        for one, other in pairs
    )


def _close(theirs: Tensor, ours: Tensor, largest: float) -> bool:
    """Whether two tensors are equal but for rounding, and not finite in the same places."""
    finite = torch.isfinite(ours)
    if not torch.equal(finite, torch.isfinite(theirs)):
        return False
    difference = (theirs - ours)[finite].abs()
    allowed = max(_RELATIVE * _largest(ours), _ABSOLUTE * largest)
    return bool((difference <= allowed).all())


def _largest(values: Float[Tensor, "..."]) -> float:
    finite = values[torch.isfinite(values)].abs()
    return float(finite.max()) if finite.numel() else 0.0


def _differs(what: str, seed: int) -> str:
    return f"stacked with others, the {what} of seed {seed} is not what plain PyTorch gives"
