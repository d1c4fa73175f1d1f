"""What was seen of a loop that is watched, in bounded memory, and the record that the rules read."""

from typing import Any

import torch
from torch import Tensor, nn

from looplab.doctor.graphs import GraphsAlive
from looplab.doctor.operations import Operation, unseen
from looplab.doctor.overwriting import Overwriting
from looplab.doctor.record import EpochSeen, Record, StepSeen
from looplab.doctor.replaying_batch import copy_without_hooks
from looplab.doctor.running import evaluated, joined, losses_among
from looplab.doctor.task import Score, score, task_of

__all__ = ["Seen"]

STEPS_KEPT = 256
"""Steps that are kept: the first one, and the last of those looked at."""
_BATCHES_KEPT = 64
_ELEMENTS_KEPT = 4_000_000
_ELEMENTS_OF_START = 50_000_000

_Batch = tuple[Tensor, Tensor | None, dict[str, Tensor]]
"""What the model was given first, the targets, and what it was given by name besides."""


class Seen:
    """The start of a model, sampled steps, and the first batches.

    Args:
        model: as it is before the loop.
    """

    def __init__(self, model: nn.Module) -> None:
        self.model = model
        self.named = list(model.named_parameters())
        self.notes: list[str] = []
        self.start = self._copied_start()
        self.steps: list[StepSeen] = []
        self.operations: list[Operation] = []
        self.last_operations: list[Operation] = []
        self.step_operations: dict[int, list[Operation]] = {}
        self.graphs, self.overwriting = GraphsAlive(), Overwriting()
        self._batches: list[_Batch] = []
        self._elements = 0

    @property
    def wants_batches(self) -> bool:
        """Whether there is room for another batch."""
        return len(self._batches) < _BATCHES_KEPT and self._elements < _ELEMENTS_KEPT

    def add(self, step: StepSeen) -> None:
        """Keep a step, and forget an old one if there are many."""
        step.graphs_alive = self.look_at_memory()
        if step.backwards or step.optimizer_steps or not self.steps:
            self.steps.append(step)
        if len(self.steps) > STEPS_KEPT:
            del self.steps[1]

    def keep(self, fed: Tensor | None, targets: Tensor | None, others: dict[str, Tensor]) -> None:
        """Keep a batch, copied, unless it is very large itself.

        Args:
            fed: what the model was given first; nothing is kept without it.
            targets: of the loss, where they are known.
            others: what the model was given by name besides.
        """
        if fed is None or fed.ndim == 0:
            return
        elements = fed.numel() + sum(each.numel() for each in others.values())
        if elements > 4 * _ELEMENTS_KEPT:
            return
        with torch.no_grad(), unseen():
            copies = {name: each.detach().clone() for name, each in others.items()}
            self._batches.append((fed.detach().clone(), None if targets is None else targets.detach().clone(), copies))
        self._elements += elements

    def look_at_memory(self) -> int:
        """Look again at batches that the model was given, and at the graphs that are alive; their number."""
        self.overwriting.look_again()
        return self.graphs.count()

    def record(self, optimizer: torch.optim.Optimizer, loss_fn: Any, error: BaseException | None) -> Record:
        """What the rules read: no parts and no trials, and of epochs only how well the model does now."""
        self.look_at_memory()
        losses = losses_among(self.operations)
        batches = self._batches
        if batches and batches[0][1] is None:  # a loss that is a function: its targets are known from the first step
            batches = [(batches[0][0], losses[0].targets if losses else None, batches[0][2])]
        batches = [each for each in batches if (each[1] is None) == (batches[0][1] is None)]
        fed = joined([x for x, _, _ in batches])
        targets = joined([y for _, y, _ in batches if y is not None])
        task = task_of(targets)
        rated = self._rated(batches, fed, targets)
        return Record(
            parts=None,
            start=self.start,
            model=self.model,
            optimizer=optimizer,
            loss_fn=loss_fn,
            names=[name for name, _ in self.named],
            task=task,
            inputs=None,
            targets=targets,
            batch_rows=[len(x) for x, _, _ in batches],
            fed=fed,
            fed_targets=targets,
            validation_inputs=None,
            validation_targets=None,
            validation_fed=None,
            operations=self.operations,
            last_operations=self.last_operations,
            losses=losses,
            steps=list(self.steps),
            epochs=[] if rated is None else [EpochSeen(train=rated, validation=None)],
            wished_epochs=0,
            error=error,
            step_operations=self.step_operations,
            graphs_kept=(self.graphs.most, self.graphs.after),
            batches_compared=self.overwriting.compared,
            batches_overwritten=self.overwriting.overwritten,
        )

    def _rated(self, batches: list[_Batch], fed: Tensor | None, targets: Tensor | None) -> Score | None:
        """How well the model does now on the rows that were kept; asked of a copy."""
        if targets is None or sum(len(x) for x, _, _ in batches) != len(targets):
            return None
        each_alone = any(others for _, _, others in batches)  # such as texts with masks of their own
        asked = [(x, others) for x, _, others in batches] if each_alone or fed is None else [(fed, {})]
        try:
            model = copy_without_hooks(self.model)
        except Exception:  # noqa: BLE001  # a model that cannot be copied
            return None
        answers = [evaluated(model, x, others) for x, others in asked]
        known = [each for each in answers if each is not None]
        outputs = joined(known) if len(known) == len(answers) else None
        return None if outputs is None else score(outputs, targets, task_of(targets))

    def _copied_start(self) -> nn.Module:
        """A copy of the model as it was, or itself where that would be too large or fails."""
        if sum(each.numel() for _, each in self.named) > _ELEMENTS_OF_START:
            self.notes.append("The model is too large to keep a copy of how it was before the loop.")
            return self.model
        try:
            return copy_without_hooks(self.model)
        except Exception as error:  # noqa: BLE001  # whatever an object of the user's may raise
            self.notes.append(f"The model could not be copied ({type(error).__name__}), so its start is not known.")
            return self.model
