"""Chunks put together: in memory, or in files that are read when they are looked at, where memory is too small."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from looplab.errors import ModelError
from looplab.replicas.collected import Room
from looplab.replicas.pieces import Piece
from looplab.replicas.plan import Trained
from looplab.sweeps.chunks import Chunk

__all__ = ["join"]


def join(
    replicas: int, chunks: Sequence[Chunk], piece_of: Callable[[Chunk], Piece | None], room: Room
) -> Trained | None:
    """What became of the replicas of a group, each of which should be in one of the chunks.

    Args:
        replicas: how many there are.
        chunks: those that there are, without overlap.
        piece_of: what came of a chunk; None if that is lost after all.
        room: where the arrays are to lie.

    Returns:
        What became of all; None if some are in no chunk, or in one that is lost.

    Raises:
        ModelError: replicas of different architectures.
    """
    whole: Trained | None = None
    missing = replicas - sum(map(len, chunks))
    attributes: dict[int, Any] = {}
    for chunk in chunks:
        piece = piece_of(chunk)
        if piece is None:
            missing += len(chunk)
        elif not missing:
            if whole is None:
                whole = _empty(piece.trained, replicas, room)
            _fill(whole, piece)
            attributes |= dict(zip(piece.replicas.tolist(), piece.trained.attributes, strict=False))
    if missing or whole is None:
        return None
    if any(attributes.values()):
        kept = tuple(attributes.get(replica, {}) for replica in range(replicas))
        whole = Trained(**{each.name: getattr(whole, each.name) for each in fields(Trained)} | {"attributes": kept})
    return whole


def _empty(like: Trained, replicas: int, room: Room) -> Trained:
    return Trained(**{each.name: _room_for(getattr(like, each.name), replicas, room) for each in fields(Trained)})


def _room_for(values: Any, replicas: int, room: Room) -> Any:
    if isinstance(values, np.ndarray):
        return room((replicas, *values.shape[1:]), values.dtype)
    if isinstance(values, Tensor):
        try:
            return torch.from_numpy(room((replicas, *values.shape[1:]), values[:0].numpy().dtype))
        except TypeError:  # a type that NumPy has not
            return values.new_zeros(replicas, *values.shape[1:])
    if isinstance(values, dict):
        return {name: _room_for(each, replicas, room) for name, each in values.items()}
    return () if isinstance(values, tuple) else None


def _fill(whole: Trained, piece: Piece) -> None:
    start, stop = int(piece.replicas[0]), int(piece.replicas[-1]) + 1
    for each in fields(Trained):
        _put(getattr(whole, each.name), getattr(piece.trained, each.name), slice(start, stop), each.name)


def _put(place: Any, values: Any, rows: slice, name: str) -> None:
    if isinstance(place, dict):
        if place.keys() != values.keys():
            raise _unlike(name)
        for key, each in place.items():
            _put(each, values[key], rows, f"{name} {key}")
    elif place is not None and not isinstance(place, tuple):
        if place.shape[1:] != values.shape[1:] or place.dtype != values.dtype:
            raise _unlike(name)
        place[rows] = values


def _unlike(name: str) -> ModelError:
    return ModelError(
        "make_model",
        expected="the same architecture for every seed",
        got=f"{name} of other names, shapes or types for some",
        fix="Let only the initial values depend on the random state.",
    )
