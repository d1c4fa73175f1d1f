"""What is recorded, kept and stopped for while replicas train together; `looplab.loop.history`, for R at once."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from numpy import ndarray
from torch import Tensor

from looplab.loop.metrics import measure
from looplab.replicas.call import Call
from looplab.replicas.plan import Floats, Trained

__all__ = ["Records", "room_for_records"]


class Records:
    """The records of R replicas that take each step together.

    Args:
        call: these replicas.
        parameters: R×P, before the first step.

    Attributes:
        active: R booleans: the replica goes on; it has neither failed nor been stopped.
        failed: R booleans: its loss became infinite or NaN.
    """

    def __init__(self, call: Call, parameters: Float[Tensor, "R P"]) -> None:
        self._call, self._recording = call, call.recording
        device, dtype, shape = parameters.device, parameters.dtype, (len(call), call.records)
        self.active = torch.ones(len(call), dtype=torch.bool, device=device)
        self.failed = ~self.active
        self._train_loss = torch.full(shape, torch.nan, dtype=dtype, device=device)
        self._validation_loss = self._train_loss.clone()
        names = self._recording.metrics
        self._train_metrics = {name: self._train_loss.clone() for name in names}
        self._validation_metrics = {name: self._train_loss.clone() for name in names if call.validation}
        self._steps = torch.zeros(len(call), dtype=torch.int64, device=device)
        self._kept_step = self._steps.clone()
        self._lowest = torch.full((len(call),), torch.inf, dtype=dtype, device=device)
        self._since = self._steps.clone()
        self._best = parameters.clone() if self._recording.keep == "best" else None
        way = (len(call), call.waypoints, parameters.shape[1])
        self._way = torch.full(way, torch.nan, dtype=dtype, device=device)
        self._pass(0, parameters)

    def measured(
        self, step: int, loss: Float[Tensor, " R"], outputs: Float[Tensor, "R B O"], targets: Tensor, *, shared: bool
    ) -> None:
        """Write down what is due of a step's batch, before its update; a replica whose loss is not finite has failed.

        Args:
            step: the step, counted from 0.
            loss: that of each replica's batch.
            outputs: those for the batch.
            targets: those of the batch, the same for all if `shared`, else R of them.
            shared: whether all have the same batch.
        """
        record = self._due(step)
        finite = torch.isfinite(loss)
        self.failed |= self.active & ~finite
        self.active = self.active & finite
        if record is not None:
            self._train_loss[:, record] = torch.where(self.active, loss, torch.nan)
            self._measure(self._train_metrics, record, outputs, targets, shared)

    def updated(self, step: int, parameters: Float[Tensor, "R P"]) -> None:
        """Count an update, and write down the parameters after it where that is due."""
        self._steps += self.active
        self._kept_step = torch.where(self.active, step + 1, self._kept_step) if self._best is None else self._kept_step
        self._pass(step + 1, parameters)

    def validates(self, step: int) -> bool:
        """Whether the validation rows are to be measured after the update of a step."""
        return self._call.validation is not None and self._due(step) is not None

    def validated(
        self, step: int, loss: Float[Tensor, " R"], outputs: Float[Tensor, "R N O"], parameters: Float[Tensor, "R P"]
    ) -> None:
        """Write down the losses of the validation rows; keep the best parameters, and stop who got no better."""
        record, validation = self._due(step), self._call.validation
        assert record is not None
        assert validation is not None
        self._validation_loss[:, record] = torch.where(self.active, loss, torch.nan)
        targets = validation.targets.to(outputs.device)
        self._measure(self._validation_metrics, record, outputs, targets, shared=True)
        lower = self.active & (loss < self._lowest)
        self._lowest = torch.where(lower, loss, self._lowest)
        self._since = torch.where(lower, 0, self._since + 1)
        if self._best is not None:
            self._best = torch.where(lower[:, None], parameters, self._best)
            self._kept_step = torch.where(lower, step + 1, self._kept_step)
        if self._recording.patience is not None:
            self.active = self.active & (self._since < self._recording.patience)

    def hand_over(self, trained: Trained, replicas: Int[ndarray, " G"], parameters: Float[Tensor, "R P"]) -> None:
        """Put what became of these replicas into their places among all.

        Args:
            trained: where.
            replicas: their places.
            parameters: the last ones.
        """
        kept_step = self._kept_step
        if self._best is not None:
            of_best = ~self.failed & (kept_step > 0)
            parameters = torch.where(of_best[:, None], self._best, parameters)
            kept_step = torch.where(of_best, kept_step, self._steps)
        for place, values in (
            (trained.parameters, parameters),
            (trained.train_loss, self._train_loss),
            (trained.failed, self.failed),
            (trained.steps, self._steps),
            (trained.kept_step, kept_step),
            (trained.validation_loss, self._validation_loss),
            (trained.trajectory, self._way),
            *((trained.train_metrics[name], values) for name, values in self._train_metrics.items()),
            *((trained.validation_metrics[name], values) for name, values in self._validation_metrics.items()),
        ):
            if place is not None:
                place[replicas] = values.cpu().numpy()

    def state_dict(self) -> dict[str, Any]:
        """What a checkpoint keeps of them."""
        return {name: getattr(self, name) for name in _STATE}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Go on from what a checkpoint kept."""
        for name in _STATE:
            setattr(self, name, _moved(state[name], self.active.device))

    def _due(self, step: int) -> int | None:
        """Which record a step makes; None if it makes none."""
        record, left = divmod(step + 1, self._call.record_every)
        return None if left else record - 1

    def _pass(self, steps: int, parameters: Float[Tensor, "R P"]) -> None:
        every = self._recording.trajectory_every
        if every is not None and steps % every == 0:
            self._way[:, steps // every] = torch.where(self.active[:, None], parameters, torch.nan)

    def _measure(
        self, places: Mapping[str, Tensor], record: int, outputs: Tensor, targets: Tensor, shared: bool
    ) -> None:
        for name, place in places.items():
            function = self._recording.metrics[name]
            for replica in self.active.nonzero().flatten().tolist():
                mine = targets if shared else targets[replica]
                place[replica, record] = measure(name, function, outputs[replica], mine)


_STATE = (
    "active",
    "failed",
    "_train_loss",
    "_validation_loss",
    "_train_metrics",
    "_validation_metrics",
    "_steps",
    "_kept_step",
    "_lowest",
    "_since",
    "_best",
    "_way",
)


def _moved(value: Any, device: torch.device) -> Any:
    if isinstance(value, dict):
        return {name: _moved(each, device) for name, each in value.items()}
    return value.to(device) if isinstance(value, Tensor) else value


def room_for_records(call: Call, parameters: int) -> Trained:
    """Room for what becomes of R replicas of P parameters each."""

    def room(*each: int) -> Floats:
        return np.full((len(call), *each), np.nan, dtype=call.number)

    names = call.recording.metrics
    return Trained(
        parameters=room(parameters),
        train_loss=room(call.records),
        validation_loss=None if call.validation is None else room(call.records),
        failed=np.zeros(len(call), dtype=np.bool_),
        steps=np.zeros(len(call), dtype=np.int64),
        kept_step=np.zeros(len(call), dtype=np.int64),
        train_metrics={name: room(call.records) for name in names},
        validation_metrics={name: room(call.records) for name in names if call.validation},
        trajectory=room(call.waypoints, parameters) if call.waypoints else None,
    )
