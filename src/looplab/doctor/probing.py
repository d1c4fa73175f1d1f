"""Small trials: one step of a changed copy, and the model asked with inputs of ours."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from looplab.doctor.observing import Observer
from looplab.doctor.operations import Operation
from looplab.doctor.parts import Parts
from looplab.doctor.record import LossCall, Record
from looplab.doctor.running import losses_among, quiet

__all__ = ["Probe", "first_rows", "in_evaluation_mode", "model_copy", "probed"]


@dataclass(frozen=True, kw_only=True)
class Probe:
    """What was seen in one step of a copy.

    Attributes:
        operations: of the step.
        losses: the calls of losses.
        loss: the number that the step returned; NaN where it failed.
    """

    operations: list[Operation]
    losses: list[LossCall]
    loss: float


def probed(record: Record, change: Callable[[Parts], None], *, seed: int = 0) -> Probe | None:
    """One step of a copy on the first batch, after a change; None where no copy can be made or the step fails."""
    if record.parts is None:
        return None
    try:
        with quiet(), torch.random.fork_rng():
            torch.manual_seed(seed)
            parts = record.parts.copied()
            change(parts)
            x, y = next(iter(parts.batches()))
            with Observer(parts.model, parts.optimizer) as observer:
                loss_fn = observer.seen_by(parts.loss_fn)
                with observer.operations() as operations:
                    loss = float(parts.step(parts.model, parts.optimizer, loss_fn, x, y))
            return Probe(operations=operations, losses=observer.losses + losses_among(operations), loss=loss)
    except Exception:  # noqa: BLE001  # the person's own code, with parameters it was not made for
        return None


def model_copy(model: nn.Module) -> nn.Module | None:
    """A copy of a model that may be changed; None where it cannot be copied."""
    try:
        return copy.deepcopy(model)
    except Exception:  # noqa: BLE001  # whatever an object of the user's may raise
        return None


def first_rows(record: Record, most: int = 4096) -> Tensor | None:
    """What the model was given in the first batches, whole batches if the first is not larger than `most`."""
    if record.fed is None or not len(record.fed):
        return None
    return record.fed[:most]


@contextmanager
def in_evaluation_mode(model: nn.Module) -> Iterator[None]:
    """Evaluation mode for a while."""
    modes = [(module, module.training) for module in model.modules()]
    try:
        for module, _ in modes:
            module.training = False
        yield
    finally:
        for module, mode in modes:
            module.training = mode
