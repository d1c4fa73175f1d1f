"""What became of some of the replicas of a call: taken apart for a file, and put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from torch import Tensor

from looplab.replicas.plan import Int64, Trained

__all__ = ["Piece", "assembled", "described", "put_into", "restored", "rows_of"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Piece:
    """Some replicas that are trained.

    Attributes:
        replicas: which ones, G numbers.
        trained: what became of them, a row each.
    """

    replicas: Int64
    trained: Trained


def assembled(pieces: Sequence[Piece]) -> Trained:
    """All replicas of a call, each of which is in one of the pieces, in order."""
    order = np.argsort(np.concatenate([piece.replicas for piece in pieces]))
    all_trained = [piece.trained for piece in pieces]
    return Trained(
        **{
            each.name: _joined([getattr(trained, each.name) for trained in all_trained], order)
            for each in fields(Trained)
        }
    )


def rows_of(trained: Trained, replicas: Int64) -> Trained:
    """A copy of what became of some replicas."""
    return Trained(**{each.name: _rows(getattr(trained, each.name), replicas) for each in fields(Trained)})


def put_into(trained: Trained, piece: Piece) -> None:
    """Put a piece into its place among all replicas; none of them has attributes that training changed."""
    for each in fields(Trained):
        _put(getattr(trained, each.name), getattr(piece.trained, each.name), piece.replicas)


def described(piece: Piece) -> dict[str, Any]:
    """A piece as a tree that a checkpoint can keep."""
    trained = {each.name: getattr(piece.trained, each.name) for each in fields(Trained)}
    trained["attributes"] = [dict(each) for each in piece.trained.attributes]
    return {"replicas": piece.replicas, "trained": {name: _plain(value) for name, value in trained.items()}}


def restored(tree: Mapping[str, Any]) -> Piece:
    """What `described` was given.

    Raises:
        KeyError, TypeError: no such tree.
    """
    trained = dict(tree["trained"])
    return Piece(replicas=tree["replicas"], trained=Trained(**{**trained, "attributes": tuple(trained["attributes"])}))


def _joined(values: Sequence[Any], order: Int64) -> Any:
    """One field of all pieces; rows in the given order."""
    first = values[0]
    if first is None:
        return None
    if isinstance(first, np.ndarray):
        return np.concatenate(values)[order]
    if isinstance(first, Tensor):
        return torch.cat(list(values))[torch.from_numpy(order)]
    if isinstance(first, Mapping):
        return {name: _joined([value[name] for value in values], order) for name in first}
    rows = [row for value in values for row in value]  # attributes, of each replica or of none
    return tuple(rows[place] for place in order.tolist()) if rows else ()


def _rows(values: Any, replicas: Int64) -> Any:
    if isinstance(values, Mapping):
        return {name: _rows(each, replicas) for name, each in values.items()}
    if isinstance(values, tuple):
        return tuple(values[place] for place in replicas.tolist()) if values else ()
    return None if values is None else values[replicas]


def _put(places: Any, values: Any, replicas: Int64) -> None:
    if isinstance(places, Mapping):
        for name, place in places.items():
            _put(place, values[name], replicas)
    elif places is not None and not isinstance(places, tuple):
        places[replicas] = values


def _plain(value: Any) -> Any:
    return dict(value) if isinstance(value, Mapping) else value
