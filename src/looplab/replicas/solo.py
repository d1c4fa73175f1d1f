"""One replica by itself: `train`, and what is kept of the model that it trained."""

import copy
from collections.abc import Hashable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import torch
from torch import Tensor, nn

from looplab.errors import DivergenceError, ModelError
from looplab.loop import Checkpoint, Run, train
from looplab.loop.checks import in_words
from looplab.loop.surroundings import one_thread
from looplab.models.particulars import attributes, fingerprints
from looplab.replicas.architecture import Architecture
from looplab.replicas.call import Call
from looplab.replicas.plan import Attributes, Floats

__all__ = ["Replica", "copied", "train_replica"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Replica:
    """What became of one replica: a row of what `Trained` holds."""

    parameters: Floats
    train_loss: Floats
    validation_loss: Floats | None
    failed: bool
    buffers: dict[str, Tensor]
    attributes: Attributes
    steps: int
    kept_step: int
    train_metrics: dict[str, Floats]
    validation_metrics: dict[str, Floats]
    trajectory: Floats | None


class _Underway(Checkpoint):
    """A checkpoint of a replica in hand, for which the end of its training is no reason to save: it is kept elsewhere.

    Args:
        path: the file.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._at_end = False


def train_replica(call: Call, replica: int, architecture: Architecture, underway: Path | None = None) -> Replica:
    """Train one replica of a call on one thread.

    Args:
        call: what is asked for.
        replica: which of its replicas.
        architecture: that of the first seed's model, which this one must have.
        underway: a file for its checkpoints; None for no such.

    Raises:
        ModelError: another architecture, or whatever `train` says of the model.
    """
    made: list[tuple[nn.Module, bool, dict[tuple[str, str], Hashable]]] = []

    def make_model() -> nn.Module:
        model = call.make_model()
        if isinstance(model, nn.Module):
            made.append((model, architecture.tensors(model) is not None, fingerprints(model)))
        return model

    recipe, weights = call.recipe_of(replica), call.weights_of(replica)
    with one_thread():
        try:
            run = train(
                make_model,
                call.dataset,
                recipe,
                validation=call.validation,
                row_weights=weights,
                loss=call.loss,
                record_every=call.record_every,
                metrics=call.recording.metrics,
                keep=call.recording.keep,
                patience=call.recording.patience,
                trajectory_every=call.recording.trajectory_every,
                checkpoint=None if underway is None else _Underway(underway),
            )
            failed = False
        except DivergenceError as error:
            run, failed = cast(Run, error.run), True
    model, alike, before = made[-1]
    if not alike:
        raise ModelError(
            "make_model",
            expected="the same architecture for every seed",
            got=f"{in_words(model)} for seed {recipe.seed} and another for seed {call.seeds[0]}",
            fix="Let only the initial values depend on the random state.",
        )
    return Replica(
        parameters=torch.cat([parameter.detach().cpu().reshape(-1) for parameter in run.model.parameters()]).numpy(),
        train_loss=_padded(run.train_loss, call.records, call.number),
        validation_loss=None if call.validation is None else _padded(run.validation_loss, call.records, call.number),
        failed=failed,
        buffers={name: buffer.detach().cpu().clone() for name, buffer in run.model.named_buffers()},
        attributes=_changed(run.model, before),
        steps=run.steps,
        kept_step=run.kept_step,
        train_metrics={name: _padded(values, call.records, call.number) for name, values in run.train_metrics.items()},
        validation_metrics={
            name: _padded(values, call.records, call.number) for name, values in run.validation_metrics.items()
        },
        trajectory=None if run.trajectory is None else _padded(run.trajectory, call.waypoints, call.number),
    )


def _padded(records: Tensor | None, count: int, number: "np.dtype[np.floating[Any]]") -> Floats:
    """What was recorded, with NaN in place of what never was."""
    each = () if records is None else tuple(records.shape[1:])
    padded = np.full((count, *each), np.nan, dtype=number)
    if records is not None:
        padded[: len(records)] = records.numpy()
    return padded


def _changed(model: nn.Module, before: dict[tuple[str, str], Hashable]) -> dict[tuple[str, str], Any]:
    """The plain attributes of a model that are not as they were."""
    after = fingerprints(model)
    return {
        (path, name): copied(value)
        for path, _, name, value in attributes(model)
        if after.get((path, name)) != before.get((path, name))
    }


def copied(value: Any) -> Any:
    """A copy of an attribute, so that it does not change with the model; itself where it cannot be copied."""
    if isinstance(value, Tensor):
        return value.detach().clone()
    if isinstance(value, torch.Generator):
        return torch.Generator(value.device).set_state(value.get_state())
    with suppress(Exception):  # objects of the user's, which may refuse to be copied
        return copy.deepcopy(value)
    return value
