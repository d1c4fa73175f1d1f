"""A fitted model in a file: safetensors with JSON beside them; nothing is unpickled."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any

import torch
from msgspec import Meta, Struct
from torch import Tensor

from looplab.comparison.boosting import BOOSTING
from looplab.comparison.forms import Form
from looplab.comparison.networks import NETWORKS
from looplab.comparison.preparation import Preparation, TargetScale
from looplab.comparison.result import FinalModel, Result
from looplab.comparison.table import Table
from looplab.comparison.trees import are_trees
from looplab.comparison.unlike import Range, ranges_of
from looplab.data import Task
from looplab.data.readings.kinds import reading_from_json
from looplab.data.readings.reading import Reading
from looplab.data.words import printable
from looplab.errors import CompareError
from looplab.files import parsed, write_whole

__all__ = ["SavedModel", "model_of", "read_model", "save_model"]

_FORMAT = 4
_RESIDUALS = "residuals"
_DTYPES = (torch.float32, torch.float64)


class _Version(Struct):
    format: int


class _Description(Struct):
    """What a file says of its tensors: the schema that it is read by."""

    arm: str
    task: Task
    target_names: Annotated[tuple[str, ...], Meta(min_length=1)]
    scale: tuple[float, Annotated[float, Meta(gt=0)]] | None
    readings: dict[str, dict[str, str | bool | int | list[str]]]
    preparation: dict[str, Any]
    widths: tuple[int, ...]
    pairs: tuple[tuple[int, int], ...]
    log: bool
    ranges: dict[str, tuple[float, float]]


@dataclass(frozen=True, kw_only=True, eq=False)
class SavedModel:
    """What a file holds.

    Attributes:
        arm: the arm's name.
        task: "regression", "binary" or "multiclass".
        target_names: the target's column, or the names of the classes.
        readings: how each column is read.
        preparation: from a table's columns to the matrix.
        scale: from outputs to the target's own unit; None for classes.
        widths: those of a network's hidden layers.
        form: what a linear model is linear in.
        tensors: the arm's parameters by name.
        ranges: the lowest and highest value of each number column in training.
        residuals: what the arm missed on rows that it had not learnt from, n×O absolute; None for classes.
    """

    arm: str
    task: Task
    target_names: tuple[str, ...]
    readings: Mapping[str, Reading]
    preparation: Preparation
    scale: TargetScale | None
    widths: tuple[int, ...]
    form: Form
    tensors: Mapping[str, Tensor]
    ranges: Mapping[str, Range]
    residuals: Tensor | None

    @property
    def outputs(self) -> int:
        """How many numbers the model gives for a row: one for two classes."""
        return 1 if self.task == "binary" else len(self.target_names)

    @property
    def first_predicts(self) -> bool:
        """Whether the first member is the model, and the others tell the spread alone; else their mean is."""
        return self.arm in ("linear", BOOSTING)


def model_of(final: FinalModel, table: Table) -> SavedModel:
    """What a file of a model holds, without the file.

    Args:
        final: the model, learnt from all rows of the table.
        table: the table.
    """
    return SavedModel(
        arm=final.arm,
        task=table.task,
        target_names=table.target_names,
        readings={name: table.readings[name] for name in final.preparation.names},
        preparation=final.preparation,
        scale=final.scale,
        widths=NETWORKS.get(final.arm, ()),
        form=final.fitted.chosen.get("form", Form()),
        tensors={name: tensor.contiguous() for name, tensor in final.fitted.tensors.items()},
        ranges=ranges_of(table.columns, final.preparation),
        residuals=None if final.residuals is None else torch.from_numpy(final.residuals),
    )


def save_model(result: Result, path: Path) -> Path:
    """Write the winner's tensors, its preprocessing and a digest of both into one safetensors file.

    The file appears whole or not at all.
    """
    from safetensors.torch import save

    model = model_of(result.model, result.table)
    tensors = dict(model.tensors)
    if model.residuals is not None:
        tensors[_RESIDUALS] = model.residuals
    description = json.dumps(
        {
            "format": _FORMAT,
            "arm": model.arm,
            "sentence": result.sentence,
            "table": result.table.name,
            "task": model.task,
            "target_names": list(model.target_names),
            "scale": None if model.scale is None else [model.scale.mean, model.scale.deviation],
            "readings": {name: reading.to_json() for name, reading in model.readings.items()},
            "preparation": model.preparation.to_json(),
            "widths": list(model.widths),
            "pairs": model.form.pairs,
            "log": model.form.log,
            "ranges": model.ranges,
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
        CompareError: no such file, a truncated or altered one, or one of another format.
    """
    tensors, content = _read(path)
    try:
        version = parsed(content, _Version).format
        if version != _FORMAT:
            fix = "Save it again with this version of looplab, or read it with the version that saved it."
            raise CompareError(str(path), expected=f"format {_FORMAT}", got=str(version), fix=fix)
        model = _model(tensors, parsed(content, _Description))
    except CompareError:
        raise
    except ValueError as error:
        raise _damaged(path, f"fields that do not fit: {printable(error)}") from None
    if not all(bool(tensor.isfinite().all()) for tensor in tensors.values()):
        raise _damaged(path, "parameters that are not numbers")
    members = {tensor.shape[:1] for tensor in model.tensors.values()}
    shapes = {name: tuple(tensor.shape[1:]) for name, tensor in model.tensors.items()}
    if model.arm == BOOSTING:
        fits = are_trees(model.tensors, model.preparation.features, model.outputs)
    else:
        fits = shapes == _shapes(model)
    if not fits or len(members) != 1 or not all(map(torch.Size.numel, members)):
        raise _damaged(path, "parameters of another shape than the model's")
    if model.arm == "constant" and members != {(len(model.target_names),)}:
        raise _damaged(path, "another number of constants than targets")
    if model.residuals is not None and not _are_residuals(model.residuals, model):
        raise _damaged(path, "residuals that do not fit the targets")
    return model


def _are_residuals(residuals: Tensor, model: SavedModel) -> bool:
    fits = model.task == "regression" and residuals.ndim == 2 and residuals.shape[1] == len(model.target_names)
    return fits and len(residuals) > 0 and bool((residuals >= 0).all())


def _model(tensors: Mapping[str, Tensor], about: _Description) -> SavedModel:
    preparation = Preparation.from_json(about.preparation)
    if about.readings.keys() != set(preparation.names):
        raise ValueError("readings of other columns than the model's")
    if (about.scale is not None) != (about.task == "regression"):
        raise ValueError(f"a scale that does not fit {about.task}")
    names = len(about.target_names)
    if (about.task == "binary" and names != 2) or (about.task == "multiclass" and names < 2):
        raise ValueError(f"{names} names of targets for {about.task}")
    if about.arm not in ("constant", "linear", BOOSTING, *NETWORKS) or tuple(about.widths) != NETWORKS.get(
        about.arm, ()
    ):
        raise ValueError(f"the unknown arm {about.arm!r} with the widths {about.widths}")
    features = preparation.features
    if about.arm != "linear" and (about.pairs or about.log):
        raise ValueError(f"a form of a linear model for the {about.arm}")
    if not all(0 <= first < second < features for first, second in about.pairs):
        raise ValueError("products of columns that are not there")
    if about.log and about.task != "regression":
        raise ValueError(f"a logarithm for {about.task}")
    if about.ranges.keys() != {number.name for number in preparation.numbers}:
        raise ValueError("ranges of other columns than the model's")
    if not all(low <= high for low, high in about.ranges.values()):
        raise ValueError("a range whose lowest value is above its highest")
    return SavedModel(
        arm=about.arm,
        task=about.task,
        target_names=about.target_names,
        readings={name: reading_from_json(reading) for name, reading in about.readings.items()},
        preparation=preparation,
        scale=None if about.scale is None else TargetScale(*about.scale),
        widths=about.widths,
        form=Form(about.pairs, about.log),
        tensors={name: tensor for name, tensor in tensors.items() if name != _RESIDUALS},
        ranges=about.ranges,
        residuals=tensors.get(_RESIDUALS),
    )


def _shapes(model: SavedModel) -> dict[str, tuple[int, ...]]:
    """The shapes of the model's tensors by name, without the first axis (the members)."""
    outputs, features = model.outputs, model.preparation.features
    if model.arm == "constant":
        return {"constant": ()}
    if model.arm == "linear":
        of_log = {"limits": (2, outputs), "factors": (outputs,), "unit": (2,)} if model.form.log else {}
        return {"weights": (features + len(model.form.pairs), outputs), "biases": (outputs,)} | of_log
    sizes = [features, *model.widths, outputs]
    return {"parameters": (sum((fan_in + 1) * fan_out for fan_in, fan_out in pairwise(sizes)),)}


def _read(path: Path) -> tuple[dict[str, Tensor], str]:
    """The tensors, and the text that describes them, once both match their digest."""
    from safetensors import SafetensorError, safe_open

    if not path.is_file():
        raise CompareError(str(path), expected="a file written by `looplab compare --save`", got="nothing there")
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  # no mapping
    except (SafetensorError, OSError) as error:
        raise _damaged(path, printable(error)) from None
    if not all(tensor.dtype in _DTYPES for tensor in tensors.values()):
        raise _damaged(path, "parameters of a type that no model has")
    content = metadata.get("looplab", "")
    if metadata.get("digest") != _digest(tensors, content):
        raise _damaged(path, "contents that do not match their digest")
    return tensors, content


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
