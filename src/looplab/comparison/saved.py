"""A fitted model in a file: safetensors with JSON beside, nothing that is unpickled."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from looplab.comparison.networks import NETWORKS
from looplab.comparison.preparation import Preparation, TargetScale
from looplab.comparison.result import Result
from looplab.data import Task
from looplab.errors import CompareError
from looplab.files import write_whole

__all__ = ["SavedModel", "read_model", "save_model"]

_FORMAT = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedModel:
    """What a file holds.

    Attributes:
        arm: the arm's name.
        task: "regression", "binary" or "multiclass".
        target_names: the target's column, or the names of the classes.
        preparation: from a table's columns to the matrix.
        scale: from outputs to the target's own unit; None for classes.
        widths: of a network's hidden layers.
        tensors: the arm's parameters by name.
    """

    arm: str
    task: Task
    target_names: tuple[str, ...]
    preparation: Preparation
    scale: TargetScale | None
    widths: tuple[int, ...]
    tensors: Mapping[str, Tensor]


def save_model(result: Result, path: Path) -> Path:
    """Write the winner's tensors, its preprocessing and a digest of both into one safetensors file.

    The file appears whole or not at all.
    """
    from safetensors.torch import save

    model = result.model
    tensors = {name: tensor.contiguous() for name, tensor in model.fitted.tensors.items()}
    description = json.dumps(
        {
            "format": _FORMAT,
            "arm": model.arm,
            "sentence": result.sentence,
            "table": result.table.name,
            "task": result.table.task,
            "target_names": list(result.table.target_names),
            "scale": None if model.scale is None else [model.scale.mean, model.scale.deviation],
            "preparation": model.preparation.to_json(),
            "widths": list(NETWORKS.get(model.arm, ())),
        },
        sort_keys=True,
    )
    metadata = {"looplab": description, "digest": _digest(tensors, description)}
    path = path.resolve()
    if not path.parent.is_dir():
        raise CompareError(f"folder {path.parent}", expected="to exist", got="nothing there", fix="Make it first.")
    return write_whole(path, save(tensors, metadata))


def read_model(path: Path) -> SavedModel:
    """What `save_model` wrote.

    Raises:
        CompareError: no such file, one that was cut short or altered, or one of another format.
    """
    tensors, about = _read(path)
    scale = about["scale"]
    return SavedModel(
        arm=about["arm"],
        task=about["task"],
        target_names=tuple(about["target_names"]),
        preparation=Preparation.from_json(about["preparation"]),
        scale=None if scale is None else TargetScale(*scale),
        widths=tuple(about["widths"]),
        tensors=tensors,
    )


def _read(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise CompareError(str(path), expected="a file that `looplab compare --save` wrote", got="nothing there")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
    except (SafetensorError, OSError) as error:
        raise _damaged(path, str(error)) from None
    if metadata.get("digest") != _digest(tensors, metadata.get("looplab", "")):
        raise _damaged(path, "contents that do not match their digest")
    about: dict[str, Any] = json.loads(metadata["looplab"])
    if about["format"] != _FORMAT:
        raise CompareError(str(path), expected=f"format {_FORMAT}", got=str(about["format"]), fix="Update looplab.")
    return tensors, about


def _damaged(path: Path, reason: str) -> CompareError:
    return CompareError(
        str(path),
        expected="a whole file that `looplab compare --save` wrote",
        got=f"one that was cut short or altered ({reason})",
        fix="Save it again.",
    )


def _digest(tensors: Mapping[str, Tensor], description: str) -> str:
    digest = hashlib.sha256(description.encode())
    for name in sorted(tensors):
        array = tensors[name].contiguous().numpy()
        digest.update(f"{name} {array.dtype} {array.shape}".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
