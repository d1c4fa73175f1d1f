"""Whether the arrays of saved runs fit each other and the models, and hold numbers."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from looplab.data.dataset import PRECISIONS
from looplab.errors import ReplicasError
from looplab.replicas.flat import FlatParameters
from looplab.replicas.parts import Part

__all__ = ["check_parts", "check_replicas", "check_whole", "unusable"]

_WHOLE = ("train_loss", "validation_loss", "failed", "steps", "kept_step")
_METRICS = ("train metric ", "validation metric ")


def unusable(path: Path, got: str) -> ReplicasError:
    """What is said of a file that is not as it was saved."""
    return ReplicasError(
        f"{path}",
        expected="a file that Runs.save wrote, whole and unaltered",
        got=got,
        fix="Save the runs again, or copy the file anew.",
    )


def check_whole(
    path: Path, tensors: Mapping[str, Tensor], columns: Mapping[str, Sequence[Any]], record_every: int
) -> None:
    """Raise an error unless losses, failures and numbers of steps have a row for each replica.

    Raises:
        ReplicasError: some have not.
        KeyError: an array that is missing.
    """
    rows = len(columns["seed"])
    if rows == 0 or any(len(values) != rows for values in columns.values()):
        raise unusable(path, "columns of different lengths, or empty ones")
    losses = tensors["train_loss"]
    shape = (rows, losses.shape[1] if losses.ndim == 2 else 0)
    number = losses.dtype if losses.dtype in PRECISIONS else torch.float32
    wanted = {"train_loss": (shape, number), "failed": ((rows,), torch.bool), "steps": ((rows,), torch.int64)}
    wanted["kept_step"] = wanted["steps"]
    beside = [name for name in tensors if name == "validation_loss" or name.startswith(_METRICS)]
    wanted |= dict.fromkeys(beside, wanted["train_loss"])
    _check(path, tensors, wanted)
    records = torch.stack([tensors["kept_step"], tensors["steps"]]) // record_every
    if int(records.min()) < 0 or int(records.max()) > shape[1] or bool((records[0] > records[1]).any()):
        raise unusable(path, f"{shape[1]} losses of {int(tensors['steps'].max())} steps")


def check_replicas(path: Path, replicas: Tensor) -> None:
    """Raise an error unless these are numbers of replicas in ascending order; `check_parts` looks which."""
    fine = replicas.dtype == torch.int64 and replicas.ndim == 1 and len(replicas) > 0
    if not fine or bool((replicas.diff() <= 0).any()):
        raise unusable(path, "replicas that there are not")


def check_parts(path: Path, tensors: Mapping[str, Tensor], parts: Sequence[Part]) -> None:
    """Raise an error unless every replica has parameters and buffers as its model has, and all arrays are known."""
    wanted: dict[str, tuple[tuple[int, ...], torch.dtype]] = {}
    number = tensors["train_loss"].dtype
    for place, part in enumerate(parts):
        rows, model = len(part.replicas), part.model_template
        wanted[f"{place} replicas"] = ((rows,), torch.int64)
        wanted[f"{place} parameters"] = ((rows, FlatParameters(model).total), number)
        for name, buffer in model.named_buffers():
            wanted[f"{place} buffer {name}"] = ((rows, *buffer.shape), buffer.dtype)
        if part.trajectory is not None:
            points = part.trajectory.shape[1] if part.trajectory.ndim == 3 else 0
            wanted[f"{place} trajectory"] = ((rows, points, FlatParameters(model).total), number)
    known = ("column ", *_METRICS)
    unknown = [name for name in tensors if name not in wanted and name not in _WHOLE and not name.startswith(known)]
    if unknown:
        raise unusable(path, f"an unknown array {unknown[0]}")
    _check(path, tensors, wanted)
    failed = tensors["failed"]
    together = torch.cat([part.replicas for part in parts]) if parts else torch.zeros(0, dtype=torch.int64)
    if not torch.equal(together.sort().values, torch.arange(len(failed))):
        raise unusable(path, "replicas that belong to no architecture, or to several")
    for part in parts:
        if torch.isnan(part.parameters[~failed[part.replicas]]).any():
            raise unusable(path, "NaN in parameters of a replica that has not failed")


def _check(
    path: Path, tensors: Mapping[str, Tensor], wanted: Mapping[str, tuple[tuple[int, ...], torch.dtype]]
) -> None:
    for name, expected in wanted.items():
        if name not in tensors:
            raise unusable(path, f"no array {name}")
        found = tensors[name]
        if (tuple(found.shape), found.dtype) != expected:
            raise unusable(path, f"{name} of shape {tuple(found.shape)} for {expected[0]}")
