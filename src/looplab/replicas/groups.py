"""A call cut into groups that a backend can train as one: of one architecture, optimizer, schedule and length."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Any

import numpy as np
import torch

from looplab.errors import shown
from looplab.loop import Recipe
from looplab.replicas.call import Call
from looplab.replicas.memory import require_memory
from looplab.replicas.plan import Int64
from looplab.replicas.varying import row_counts, steps_of

__all__ = ["Group", "groups_of"]

_EACH_ITS_OWN = {"lr", "weight_decay", "momentum", "betas", "eps", "clip_norm", "batch_size", "seed", "steps", "epochs"}
"""Fields that replicas need not share; the number of steps that `steps` and `epochs` come to is looked at by itself."""
_SHARED = tuple(field.name for field in fields(Recipe) if field.name not in _EACH_ITS_OWN)

_NO_SETTINGS: Mapping[str, Any] = {}
_INDEX_BYTES = 200  # of a replica, while it is told which group it belongs to


@dataclass(frozen=True, kw_only=True, eq=False)
class Group:
    """Some replicas of a call.

    Attributes:
        call: for these replicas alone.
        replicas: which of all these are; None for all of them.
        settings: what `make_model` is given for their models; one object in groups with the same.
        description: what sets them apart from other groups, in words.
    """

    call: Call
    replicas: Int64 | None
    settings: Mapping[str, Any]
    description: str


def groups_of(call: Call) -> list[Group]:
    """The groups of a call, in the order in which they come in it."""
    counts = row_counts(call.weights, len(call.dataset))
    kinds: dict[Hashable, int] = {}
    kind = np.array([kinds.setdefault(_kind(call, place), len(kinds)) for place in range(len(call.recipes))])
    steps = np.array(steps_of(call.recipes, counts), dtype=np.int64)
    if len(kinds) == 1 and steps.min() == steps.max():
        settings = call.settings_of(0)
        whole = replace(call, make_model=partial(call.make_model, **settings), settings=()) if settings else call
        return [Group(call=whole, replicas=None, settings=settings, description="")]
    losses = call.records * (1 if call.validation is None else 2) * (1 + len(call.recording.metrics))
    require_memory(len(call) * (4 * losses + _INDEX_BYTES), torch.device("cpu"), len(call))
    differing = [name for name in _SHARED if any(_differ(each, call.recipes[0], name) for each in call.recipes)]
    count = np.searchsorted(np.unique(counts), counts)[call.weighting]
    both = np.stack([kind[call.recipe_index], steps[call.recipe_index, count]])
    different, first, group_of = np.unique(both, axis=1, return_index=True, return_inverse=True)
    order = np.argsort(group_of.ravel(), kind="stable")
    members = np.split(order, np.cumsum(np.bincount(group_of.ravel()))[:-1])
    groups = []
    for place in np.argsort(first):
        recipe, length = int(call.recipe_index[first[place]]), int(different[1, place])
        groups.append(
            Group(
                call=call.restricted(members[place], length),
                replicas=members[place],
                settings=call.settings_of(recipe) if call.settings else _NO_SETTINGS,
                description=_in_words(call, recipe, differing, length if steps.min() < steps.max() else None),
            )
        )
    return groups


def _kind(call: Call, place: int) -> Hashable:
    values = (getattr(call.recipes[place], name) for name in _SHARED)
    return id(call.settings[place]) if call.settings else None, *map(repr, values)


def _differ(one: Recipe, other: Recipe, name: str) -> bool:
    return bool(getattr(one, name) != getattr(other, name))


def _in_words(call: Call, place: int, differing: list[str], length: int | None) -> str:
    values = {**call.settings_of(place), **{name: getattr(call.recipes[place], name) for name in differing}}
    words = [f"{name}={shown(value)}" for name, value in values.items()]
    return ", ".join(words + ([f"{length:,} steps"] if length is not None else []))
