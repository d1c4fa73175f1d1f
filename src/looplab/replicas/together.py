"""Replicas that were trained one by one, as rows of one `Trained`; and back."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch

from looplab.errors import ModelError
from looplab.replicas.plan import Floats, Trained
from looplab.replicas.solo import Replica

__all__ = ["replica_of", "together"]


def together(rows: Sequence[Replica]) -> Trained:
    """All of them, in order.

    Raises:
        ModelError: their buffers differ in more than values.
    """
    validation = [row.validation_loss for row in rows if row.validation_loss is not None]
    way = [row.trajectory for row in rows if row.trajectory is not None]
    attributes = tuple(row.attributes for row in rows)
    return Trained(
        parameters=np.stack([row.parameters for row in rows]),
        train_loss=np.stack([row.train_loss for row in rows]),
        validation_loss=np.stack(validation) if validation else None,
        failed=np.array([row.failed for row in rows]),
        buffers=_stacked_buffers(rows),
        attributes=attributes if any(attributes) else (),
        steps=np.array([row.steps for row in rows], np.int64),
        kept_step=np.array([row.kept_step for row in rows], np.int64),
        train_metrics=_stacked([row.train_metrics for row in rows]),
        validation_metrics=_stacked([row.validation_metrics for row in rows]),
        trajectory=np.stack(way) if way else None,
    )


def replica_of(trained: Trained, row: int) -> Replica:
    """One of them."""
    return Replica(
        parameters=trained.parameters[row],
        train_loss=trained.train_loss[row],
        validation_loss=None if trained.validation_loss is None else trained.validation_loss[row],
        failed=bool(trained.failed[row]),
        buffers={name: buffer[row] for name, buffer in trained.buffers.items()},
        attributes=trained.attributes[row] if trained.attributes else {},
        steps=int(trained.steps[row]),
        kept_step=int(trained.kept_step[row]),
        train_metrics={name: values[row] for name, values in trained.train_metrics.items()},
        validation_metrics={name: values[row] for name, values in trained.validation_metrics.items()},
        trajectory=None if trained.trajectory is None else trained.trajectory[row],
    )


def _stacked(metrics: Sequence[Mapping[str, Floats]]) -> dict[str, Floats]:
    """The values of each metric, a row for each replica."""
    return {name: np.stack([row[name] for row in metrics]) for name in metrics[0]}


def _stacked_buffers(rows: Sequence[Replica]) -> dict[str, torch.Tensor]:
    """The buffers of all replicas by name, which must be of one shape."""
    kinds = [{name: (tensor.shape, tensor.dtype) for name, tensor in row.buffers.items()} for row in rows]
    for replica, kind in enumerate(kinds):
        if kind != kinds[0]:
            raise ModelError(
                "buffers of the model",
                expected="buffers of the same names, shapes and types in every replica",
                got=f"other ones in replica {replica} than in replica 0",
            )
    return {name: torch.stack([row.buffers[name] for row in rows]) for name in kinds[0]}
