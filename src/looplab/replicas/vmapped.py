"""The vmapped backend: any module that `torch.func` supports, on any device, R replicas a step."""

from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Int
from numpy import ndarray
from torch import Tensor, nn

from looplab.data import Dataset
from looplab.loop.losses import Objective
from looplab.loop.schedules import lr_factor
from looplab.loop.surroundings import in_a_line
from looplab.replicas.batching import Batch, batches_of, equal_groups
from looplab.replicas.call import Call
from looplab.replicas.dropout import DropoutCall, MaskSource
from looplab.replicas.initial import InitialModels
from looplab.replicas.kept import KeptGroup
from looplab.replicas.pieces import Piece, put_into, rows_of
from looplab.replicas.plan import Trained
from looplab.replicas.probe import Probe
from looplab.replicas.records import Records, room_for_records
from looplab.replicas.stacked import StackedModel, chunks
from looplab.replicas.step import dropout_calls, stacked_gradients, stacked_losses
from looplab.replicas.undisturbed import undisturbed
from looplab.replicas.updates import StackedOptimizer

__all__ = ["first_steps", "replica_bytes", "run_vmapped", "why_not_vmapped"]

_STACKS = 8  # of R×P numbers that an update needs at once: parameters, gradient, two states, temporaries


def why_not_vmapped(model: nn.Module, dataset: Dataset, objective: Objective, probe: Probe) -> str | None:
    """The reason, in words, why the vmapped backend cannot train a model; None if one step of it goes through."""
    if probe.changed_buffers:
        return f"a training step changes the buffer {probe.changed_buffers[0]}, as batch norm does"
    parameters = torch.cat([parameter.detach().reshape(-1) for parameter in model.parameters()])
    rows = dataset.subset(torch.arange(min(2, len(dataset))))
    buffers = {name: torch.stack([buffer, buffer]) for name, buffer in model.named_buffers()}
    batch = Batch(
        inputs=rows.inputs.to(parameters.device), targets=rows.targets.to(parameters.device), weights=None, shared=True
    )
    try:
        with undisturbed(model):
            calls = dropout_calls(model, batch.inputs)
        masks = tuple(parameters.new_ones(2, *call.shape) for call in calls)
        stacked = StackedModel(model, training=True)
        stacked_gradients(stacked, objective, torch.stack([parameters, parameters]), buffers, batch, masks)
    except Exception as error:  # noqa: BLE001  # a model is the user's code, which may raise anything
        reason = in_a_line(error)
        if "randomness" in reason or "random operation" in reason:
            return "it draws random numbers other than dropout's, which replicas cannot reproduce together"
        return f"torch.func.vmap refuses it: {reason}"
    return None


def replica_bytes(work_rows: int, probe: Probe, parameters: int, number: "np.dtype[Any]") -> int:
    """Bytes that one more replica in a step needs, for batches (or validation sets) of so many rows."""
    return number.itemsize * _STACKS * parameters + 2 * work_rows * probe.row_bytes


def run_vmapped(
    model: nn.Module,
    call: Call,
    initial: InitialModels,
    probe: Probe,
    on_progress: Callable[[int], None],
    kept: KeptGroup | None = None,
) -> Trained:
    """Train all replicas, as many at once as keep the memory of a step small.

    Args:
        model: the architecture, in training mode.
        call: the data, and how to train each replica.
        initial: the initial parameters and buffers of its seeds.
        probe: what a training step of the model showed.
        on_progress: told after each step how many of the R×T updates are done.
        kept: what is done of the call, and where to put what will be; None where nothing is kept.

    Raises:
        KeyboardInterrupt: the user interrupted; checked between steps.
    """
    total = initial.layout.total
    initial.make(len(initial.parameters))
    buffers = {name: stacked[call.seed_index].cpu() for name, stacked in initial.buffers.items()}
    trained = replace(room_for_records(call, total), buffers=buffers)
    done = 0
    for number, replicas in enumerate(_shares(call, probe, total)):
        if kept is not None and number < len(kept.pieces):
            put_into(trained, kept.pieces[number])
        else:
            chunk = _Chunk(model, call.of(replicas), initial, probe)
            for step in _steps_of(chunk, kept):
                on_progress(done + step * len(replicas))
            chunk.hand_over(trained, replicas)
            if kept is not None:
                kept.pieces.append(Piece(replicas=replicas, trained=rows_of(trained, replicas)))
                kept.running = None
        done += call.steps * len(replicas)
    return trained


def _steps_of(chunk: "_Chunk", kept: KeptGroup | None) -> Iterator[int]:
    """Train replicas that take each step together, from where they were left, and save them where that is due."""
    if kept is not None and kept.running is not None:
        chunk.load_state_dict(kept.running)
    for step in chunk.train():
        yield step
        if kept is not None and kept.is_due():
            kept.running = chunk.state_dict()
            kept.save()


def first_steps(
    model: nn.Module, call: Call, initial: InitialModels, probe: Probe
) -> tuple[int, Generator[int, None, None]]:
    """How many replicas `run_vmapped` takes together at first, and the steps that it takes them through, one at a time.

    Nothing comes of them: they show how long a step takes.
    """
    replicas = next(_shares(call, probe, initial.layout.total))
    return len(replicas), _Chunk(model, call.of(replicas), initial, probe).train()


def _shares(call: Call, probe: Probe, parameters: int) -> Iterator[Int[ndarray, " G"]]:
    """The replicas that take their steps together: of equal batches, and as many as keep the memory of a step small."""
    for batch_size, group in equal_groups(call.batch_size, call.row_counts):
        rows = max(batch_size or len(call.dataset), len(call.validation or ()))
        for part in chunks(len(group), replica_bytes(rows, probe, parameters, call.number)):
            yield group[part]


class _Chunk:
    """Replicas that take each step together: their batches have equal lengths."""

    def __init__(self, model: nn.Module, call: Call, initial: InitialModels, probe: Probe) -> None:
        self._model, self._call, self._initial, self._probe = model, call, initial, probe
        self._device = device = initial.parameters.device
        seeds = torch.from_numpy(call.seed_index).to(device)
        self._parameters = initial.parameters[seeds]
        self._buffers = {name: buffer[seeds] for name, buffer in initial.buffers.items()}
        self._batches = batches_of(call, device)
        self._records = Records(call, self._parameters)
        self._optimizer = StackedOptimizer(call, self._parameters, initial.layout)
        states = initial.random_states
        self._masks = None if states is None else MaskSource([states[each] for each in call.seed_index], device)
        self._averaged = None if call.average.share is None else self._parameters.clone()
        self._step = 0

    @property
    def _judged(self) -> Tensor:
        """The parameters that count: the average, where there is one."""
        return self._parameters if self._averaged is None else self._averaged

    def _average(self, step: int) -> None:
        """Take the parameters after a step into the average, where there is one."""
        if self._averaged is None or self._call.average.share is None:
            return
        options = self._call.recipes[0].average_options
        share = self._call.average.share(step, self._call.steps, **options)
        newer = self._parameters if share == 1.0 else self._averaged.lerp(self._parameters, share)
        self._averaged = torch.where(self._records.active[:, None], newer, self._averaged)

    def train(self) -> Generator[int, None, None]:
        """Take all steps that are left; yields how many are taken."""
        call, optimizer, source = self._call, self._optimizer, self._masks
        model, judged = StackedModel(self._model, training=True), StackedModel(self._model, training=False)
        updated = _updated_parameters(self._probe, model, self._device)
        calls = self._dropout_calls() if source else {}
        records = self._records
        for number, batch in enumerate(self._batches.after(self._step), self._step):
            masks = source.draw(calls[batch.inputs.shape[-2]]) if source else ()
            gradient, loss, outputs = stacked_gradients(
                model, call.objective, self._parameters, self._buffers, batch, masks
            )
            records.measured(number, loss, outputs, batch.targets, shared=batch.shared)
            gradient = torch.where(updated, gradient, 0.0)
            factor = lr_factor(call.schedule, number, call.steps, call.recipes[0].schedule_options)
            changed = optimizer.updated(self._parameters, gradient, number, factor)
            self._parameters = torch.where(records.active[:, None] & updated, changed, self._parameters)
            records.updated(number, self._parameters)
            self._average(number)
            if call.validation is not None and records.validates(number):
                losses, outputs = stacked_losses(judged, call.validation, call.objective, self._judged, self._buffers)
                records.validated(number, losses, outputs, self._judged)
                if call.recording.patience is not None and not records.active.any():
                    break
            self._step = number + 1
            yield number + 1

    def hand_over(self, trained: Trained, replicas: Int[ndarray, " G"]) -> None:
        """Put what became of these replicas into their places among all."""
        parameters = torch.where(self._records.failed[:, None], self._parameters, self._judged)
        self._records.hand_over(trained, replicas, parameters)

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of them between two steps."""
        return {
            "step": self._step,
            "parameters": self._parameters,
            "averaged": self._averaged,
            "optimizer": self._optimizer.state_dict(),
            "records": self._records.state_dict(),
            "masks": None if self._masks is None else self._masks.states(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        self._step, self._parameters = state["step"], state["parameters"].to(self._device)
        self._averaged = None if state["averaged"] is None else state["averaged"].to(self._device)
        self._optimizer.load_state_dict(state["optimizer"])
        self._records.load_state_dict(state["records"])
        if state["masks"] is not None:
            self._masks = MaskSource(state["masks"], self._device)

    def _dropout_calls(self) -> dict[int, list[DropoutCall]]:
        """The calls of dropout for each length of a batch."""
        inputs = self._call.dataset.inputs
        return {
            length: dropout_calls(self._model, inputs[:length].to(self._device)) for length in self._batches.lengths
        }


def _updated_parameters(probe: Probe, model: StackedModel, device: torch.device) -> Tensor:
    """P booleans: which numbers the optimizer updates; frozen ones and ones without part in the loss it does not."""
    layout = model.layout
    sizes = torch.tensor(layout.sizes)
    return (
        torch.tensor([name not in probe.idle_parameters for name in layout.names]).repeat_interleave(sizes).to(device)
    )
