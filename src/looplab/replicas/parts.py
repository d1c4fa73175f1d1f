"""The replicas of one architecture: what each was trained to, in one array, and what is needed to make models of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from looplab.errors import ModelError
from looplab.replicas.flat import FlatParameters
from looplab.replicas.plan import Attributes

__all__ = ["Part", "joined"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """G replicas of one architecture.

    Attributes:
        replicas: which of all R replicas they are, in ascending order.
        model_template: the architecture, with the initial parameters of the first seed.
        parameters: G×P, each row the parameters in the order of `model.parameters()`.
        buffers: tensors of G rows by name: what the modules keep besides their parameters.
        trajectory: G×J×P, all parameters before the first step and after every so many; NaN after a replica's last
            step. None if it was not asked for.
        settings: what `make_model` was given by name.
        make_model: what made the models, where these may differ in more than parameters and buffers; else None. It
            takes no arguments.
        attributes: for each replica the plain attributes that training changed, by the module's path and the name;
            empty where it changed none.
    """

    replicas: Int[Tensor, " G"]
    model_template: nn.Module
    parameters: Float[Tensor, "G P"]
    buffers: dict[str, Tensor]
    trajectory: Float[Tensor, "G J P"] | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    make_model: Callable[[], nn.Module] | None = None
    attributes: tuple[Attributes, ...] = ()


def joined(parts: Sequence[Part]) -> Part:
    """Parts with the same settings as one.

    Raises:
        ModelError: they are not of one architecture.
    """
    if len(parts) == 1:
        return parts[0]
    for part in parts:
        if _likeness(part) != _likeness(parts[0]):
            raise ModelError(
                "make_model",
                expected="the same architecture for every seed",
                got="parameters or buffers of other names or shapes for some",
                fix="Let only the initial values depend on the random state.",
            )
    replicas = torch.cat([part.replicas for part in parts])
    order = torch.from_numpy(np.argsort(replicas.numpy()))
    changed = any(part.attributes for part in parts)
    attributes = [each for part in parts for each in part.attributes or ({},) * len(part.replicas)] if changed else []
    return Part(
        replicas=replicas[order],
        model_template=parts[0].model_template,
        parameters=torch.cat([part.parameters for part in parts])[order],
        buffers={name: torch.cat([part.buffers[name] for part in parts])[order] for name in parts[0].buffers},
        trajectory=_longest_way(parts, order),
        settings=parts[0].settings,
        make_model=next((part.make_model for part in parts if part.make_model is not None), None),
        attributes=tuple(attributes[place] for place in order.tolist()) if changed else (),
    )


def _longest_way(parts: Sequence[Part], order: Tensor) -> Tensor | None:
    """The trajectories of all parts, filled up with NaN where one has fewer steps than another."""
    ways = [part.trajectory for part in parts if part.trajectory is not None]
    if not ways:
        return None
    most = max(way.shape[1] for way in ways)
    return torch.cat([nn.functional.pad(way, (0, 0, 0, most - way.shape[1]), value=torch.nan) for way in ways])[order]


def _likeness(part: Part) -> tuple[Any, ...]:
    layout = FlatParameters(part.model_template)
    return layout.names, layout.shapes, [(name, each.shape[1:], each.dtype) for name, each in part.buffers.items()]
