"""All groups of a call, trained one after the other and put together in the caller's order."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from looplab.replicas.backends import Order, check_fit, parameter_bytes, train_call
from looplab.replicas.call import Call
from looplab.replicas.flat import overflowed
from looplab.replicas.groups import Group
from looplab.replicas.initial import FirstModel, make_first_model
from looplab.replicas.kept import KeptCall, KeptGroup
from looplab.replicas.memory import require_memory
from looplab.replicas.parts import Part, joined
from looplab.replicas.pieces import Piece
from looplab.replicas.plan import Trained
from looplab.replicas.results import Backend

__all__ = ["GroupedResults", "total_steps", "train_groups"]


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
class _Done:
    """A group that was trained."""

    group: Group
    first: FirstModel
    trained: Trained
    backend: Backend
    replicas: Int[np.ndarray, " G"]


def total_steps(groups: Sequence[Group]) -> int:
    """The number of updates of all replicas."""
    return sum(len(group.call) * group.call.steps for group in groups)


def train_groups(
    call: Call,
    groups: Sequence[Group],
    *,
    wanted: str,
    threads: int | None,
    on_progress: Callable[[int], None],
    checkpoint: Path | None = None,
) -> GroupedResults:
    """Train the groups of a call.

    Args:
        call: all of it.
        groups: what `groups_of` made of it.
        wanted: the backend that was asked for, or "auto".
        threads: how many threads or worker processes; None for one a core.
        on_progress: told now and then how many updates are done, of all groups together.
        checkpoint: the file in which to keep what is done, and from which to go on; None for no such.

    Raises:
        CheckpointError: the file is damaged, or is the checkpoint of another call.
        ModelError: a model does not fit the data, or the backend that was asked for cannot train it.
        ReplicasError: more replicas than memory.
    """
    firsts = [make_first_model(group.call.make_model, group.call.seeds[0]) for group in groups]
    if len(groups) > 1:
        _check_all(groups, firsts)
    kept = None if checkpoint is None else KeptCall(checkpoint, call, firsts, wanted)
    done, before = [], 0
    for place, (group, first) in enumerate(zip(groups, firsts, strict=True)):
        order = Order(
            call=group.call,
            first=first,
            wanted=wanted,
            threads=threads,
            on_progress=lambda steps, before=before: on_progress(before + steps),  # type: ignore[misc]
            kept=None if kept is None else kept.groups[place],
        )
        trained, backend = train_call(order) if order.kept is None else _train_and_keep(order, order.kept)
        replicas = np.arange(len(call)) if group.replicas is None else group.replicas
        done.append(_Done(group=group, first=first, trained=trained, backend=backend, replicas=replicas))
        before += len(group.call) * group.call.steps
    if kept is not None and not kept.was_finished:
        kept.save()
    names = list(call.recording.metrics)
    return GroupedResults(
        train_loss=_losses(call, done, lambda trained: trained.train_loss),
        validation_loss=None if call.validation is None else _losses(call, done, lambda each: each.validation_loss),
        failed=_failed(call, done),
        steps=_counts(call, done, lambda trained: trained.steps),
        kept_step=_counts(call, done, lambda trained: trained.kept_step),
        train_metrics={name: _losses(call, done, lambda each, name=name: each.train_metrics[name]) for name in names},  # type: ignore[misc]
        validation_metrics={
            name: _losses(call, done, lambda each, name=name: each.validation_metrics[name])  # type: ignore[misc]
            for name in names
            if call.validation is not None
        },
        parts=_parts(done),
        backend=_backend(done),
        earlier_seconds=0.0 if kept is None else kept.earlier_seconds,
    )


def _train_and_keep(order: Order, kept: KeptGroup) -> tuple[Trained, Backend]:
    """Train what is left of a group; nothing where it is finished."""
    if kept.finished is not None:
        return kept.pieces[0].trained, kept.finished
    try:
        trained, backend = train_call(order)
    except KeyboardInterrupt:
        kept.save()
        raise
    kept.finish(Piece(replicas=np.arange(len(order.call)), trained=trained), backend)
    return trained, backend


def _check_all(groups: Sequence[Group], firsts: Sequence[FirstModel]) -> None:
    """Refuse what does not fit the data or the memory before anything is trained."""
    needed = 0
    for group, first in zip(groups, firsts, strict=True):
        check_fit(group.call, first)
        needed += parameter_bytes(group.call, first.model)
    require_memory(needed, torch.device("cpu"), sum(len(group.call) for group in groups))


def _losses(call: Call, done: Sequence[_Done], losses_of: Callable[[Trained], np.ndarray | None]) -> Tensor:
    """R×K, each row filled up with NaN where a replica has fewer steps than another."""
    rows = [losses_of(each.trained) for each in done]
    if len(rows) == 1 and rows[0] is not None:
        return torch.from_numpy(rows[0])
    filled = np.full((len(call), call.records), np.nan, dtype=np.float32)
    for each, row in zip(done, rows, strict=True):
        assert row is not None, "every group has validation rows, or none"
        filled[each.replicas, : row.shape[1]] = row
    return torch.from_numpy(filled)


def _failed(call: Call, done: Sequence[_Done]) -> Tensor:
    failed = np.zeros(len(call), dtype=np.bool_)
    for each in done:
        failed[each.replicas] = each.trained.failed | overflowed(each.trained.parameters, each.first.model)
    return torch.from_numpy(failed)


def _counts(call: Call, done: Sequence[_Done], counts_of: Callable[[Trained], np.ndarray]) -> Tensor:
    counts = np.zeros(len(call), dtype=np.int64)
    for each in done:
        counts[each.replicas] = counts_of(each.trained)
    return torch.from_numpy(counts)


def _parts(done: Sequence[_Done]) -> tuple[Part, ...]:
    """The replicas by architecture: those whose models were made with the same settings."""
    alike: list[list[Part]] = []
    for each in done:
        part = Part(
            replicas=torch.from_numpy(each.replicas),
            model_template=each.first.model,
            parameters=torch.from_numpy(each.trained.parameters),
            buffers=dict(each.trained.buffers),
            trajectory=None if each.trained.trajectory is None else torch.from_numpy(each.trained.trajectory),
            settings=each.group.settings,
            make_model=each.group.call.make_model if each.backend.name == "loop" else None,
            attributes=each.trained.attributes,
        )
        same = next((parts for parts in alike if parts[0].settings is part.settings), None)
        if same is None:
            alike.append([part])
        else:
            same.append(part)
    return tuple(joined(parts) for parts in alike)


def _backend(done: Sequence[_Done]) -> Backend:
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
