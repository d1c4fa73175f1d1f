"""What became of the groups of a call, put together in the caller's order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from numpy.typing import NDArray
from torch import Tensor

from looplab.replicas.call import Call
from looplab.replicas.flat import overflowed
from looplab.replicas.groups import Group
from looplab.replicas.initial import FirstModel
from looplab.replicas.parts import Part, joined
from looplab.replicas.plan import Int64, Trained
from looplab.replicas.results import Backend

__all__ = ["Done", "GroupedResults", "Room", "collected", "in_memory"]


class Room(Protocol):
    """Where arrays of results are kept."""

    def __call__(self, shape: tuple[int, ...], dtype: "np.dtype[Any]") -> NDArray[Any]:
        """A new array: of NaN, or of zeros where the type knows none."""


def in_memory(shape: tuple[int, ...], dtype: "np.dtype[Any]") -> NDArray[Any]:
    """An array like any other."""
    return np.full(shape, np.nan if dtype.kind == "f" else 0, dtype=dtype)


@dataclass(frozen=True, kw_only=True, eq=False)
class GroupedResults:
    """What became of all replicas of a call, as `Results` has it."""

    train_loss: Float[Tensor, "R K"]
    validation_loss: Float[Tensor, "R K"] | None
    failed: Bool[Tensor, " R"]
    steps: Int[Tensor, " R"]
    kept_step: Int[Tensor, " R"]
    train_metrics: dict[str, Float[Tensor, "R K"]]
    validation_metrics: dict[str, Float[Tensor, "R K"]]
    parts: tuple[Part, ...]
    backend: Backend
    earlier_seconds: float


@dataclass(frozen=True, kw_only=True, eq=False)
class Done:
    """A group that was trained.

    Attributes:
        group: the group.
        first: the model of its first seed.
        trained: what became of its replicas.
        backend: the backend that trained them, and why that one.
    """

    group: Group
    first: FirstModel
    trained: Trained
    backend: Backend

    def replicas(self, all_of_them: int) -> Int64:
        """Which of the call's replicas they are."""
        return np.arange(all_of_them) if self.group.replicas is None else self.group.replicas


def collected(call: Call, done: Sequence[Done], earlier_seconds: float, room: Room = in_memory) -> GroupedResults:
    """All groups together.

    Args:
        call: all of it.
        done: each of its groups, trained.
        earlier_seconds: how long earlier processes have worked on it.
        room: where arrays over all replicas are to lie, if there are several groups.
    """

    def losses(of: Callable[[Trained], np.ndarray | None]) -> Tensor:
        return _losses(call, done, of, room)

    names = list(call.recording.metrics)
    beside = names if call.validation is not None else []
    return GroupedResults(
        train_loss=losses(lambda trained: trained.train_loss),
        validation_loss=None if call.validation is None else losses(lambda each: each.validation_loss),
        failed=_failed(call, done),
        steps=_counts(call, done, lambda trained: trained.steps),
        kept_step=_counts(call, done, lambda trained: trained.kept_step),
        train_metrics={name: losses(lambda each, name=name: each.train_metrics[name]) for name in names},  # type: ignore[misc]
        validation_metrics={name: losses(lambda each, name=name: each.validation_metrics[name]) for name in beside},  # type: ignore[misc]
        parts=_parts(call, done, together=room is in_memory),
        backend=_backend(done),
        earlier_seconds=earlier_seconds,
    )


def _losses(call: Call, done: Sequence[Done], losses_of: Callable[[Trained], np.ndarray | None], room: Room) -> Tensor:
    """R×K, each row filled up with NaN where a replica has fewer steps than another."""
    rows = [losses_of(each.trained) for each in done]
    if len(rows) == 1 and rows[0] is not None:
        return torch.from_numpy(rows[0])
    filled = room((len(call), call.records), call.number)
    for each, row in zip(done, rows, strict=True):
        assert row is not None, "every group has validation rows, or none"
        filled[each.replicas(len(call)), : row.shape[1]] = row
    return torch.from_numpy(filled)


def _failed(call: Call, done: Sequence[Done]) -> Tensor:
    failed = np.zeros(len(call), dtype=np.bool_)
    for each in done:
        failed[each.replicas(len(call))] = each.trained.failed | overflowed(each.trained.parameters, each.first.model)
    return torch.from_numpy(failed)


def _counts(call: Call, done: Sequence[Done], counts_of: Callable[[Trained], np.ndarray]) -> Tensor:
    counts = np.zeros(len(call), dtype=np.int64)
    for each in done:
        counts[each.replicas(len(call))] = counts_of(each.trained)
    return torch.from_numpy(counts)


def _parts(call: Call, done: Sequence[Done], *, together: bool) -> tuple[Part, ...]:
    """The replicas by architecture: those whose models were made with the same settings.

    Args:
        call: all of it.
        done: its groups.
        together: one part for each architecture, which takes memory for another copy; else one for each group.
    """
    alike: list[list[Part]] = []
    for each in done:
        part = Part(
            replicas=torch.from_numpy(each.replicas(len(call))),
            model_template=each.first.model,
            parameters=torch.from_numpy(each.trained.parameters),
            buffers=dict(each.trained.buffers),
            trajectory=None if each.trained.trajectory is None else torch.from_numpy(each.trained.trajectory),
            settings=each.group.settings,
            make_model=each.group.call.make_model if each.backend.name == "loop" else None,
            attributes=each.trained.attributes,
        )
        same = next((parts for parts in alike if together and parts[0].settings is part.settings), None)
        if same is None:
            alike.append([part])
        else:
            same.append(part)
    return tuple(joined(parts) for parts in alike)


def _backend(done: Sequence[Done]) -> Backend:
    """The backend of all groups; where they differ, which had which and why."""
    backends = list(dict.fromkeys(each.backend for each in done))
    if len(backends) == 1:
        return backends[0]
    reasons = []
    for backend in backends:
        named = [each.group.description for each in done if each.backend == backend]
        more = f" and {len(named) - 1:,} more" if len(named) > 1 else ""
        reasons.append(f"{backend.name} for {named[0]}{more}{f' ({backend.reason})' if backend.reason else ''}")
    return Backend(" and ".join(dict.fromkeys(backend.name for backend in backends)), "; ".join(reasons))
