"""All groups of a call, trained one after the other and put together in the caller's order."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from looplab.replicas.backends import Order, check_fit, train_call
from looplab.replicas.call import Call
from looplab.replicas.collected import Done, GroupedResults, collected
from looplab.replicas.groups import Group
from looplab.replicas.initial import FirstModel, make_first_model
from looplab.replicas.kept import KeptCall, KeptGroup
from looplab.replicas.memory import require_memory
from looplab.replicas.needs import parameter_bytes
from looplab.replicas.pieces import Piece
from looplab.replicas.plan import Trained
from looplab.replicas.results import Backend

__all__ = ["check_all", "total_steps", "train_groups"]


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
    firsts = [make_first_model(group.call.make_model, group.call.seeds[0], call.dataset.dtype) for group in groups]
    if len(groups) > 1:
        check_all(groups, firsts)
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
        done.append(Done(group=group, first=first, trained=trained, backend=backend))
        before += len(group.call) * group.call.steps
    if kept is not None and not kept.was_finished:
        kept.save()
    return collected(call, done, 0.0 if kept is None else kept.earlier_seconds)


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


def check_all(groups: Sequence[Group], firsts: Sequence[FirstModel]) -> None:
    """Refuse what does not fit the data or the memory before anything is trained."""
    needed = 0
    for group, first in zip(groups, firsts, strict=True):
        check_fit(group.call, first)
        needed += parameter_bytes(group.call, first.model)
    require_memory(needed, torch.device("cpu"), sum(len(group.call) for group in groups))
