"""The fitted winner in a file, and predictions from it: safetensors with JSON beside, nothing that is unpickled."""

import hashlib
import json
import warnings
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from looplab.comparison.baselines import linear_predictions
from looplab.comparison.networks import NETWORKS, network_predictions
from looplab.comparison.preparation import Preparation, TargetScale
from looplab.data.columns import number_or_text
from looplab.data.files import read_table
from looplab.errors import CompareError, TableWarning
from looplab.files import write_whole

if TYPE_CHECKING:
    from looplab.comparison.result import Comparison

__all__ = ["predict", "save_winner"]

_FORMAT = 1


def save_winner(comparison: "Comparison", path: Path) -> Path:
    """Write the winner's tensors, its preprocessing and a digest of both into one safetensors file.

    The file appears whole or not at all.
    """
    from safetensors.torch import save

    tensors = {name: tensor.contiguous() for name, tensor in comparison.fitted.tensors.items()}
    scale = comparison.work.scale
    description = json.dumps(
        {
            "format": _FORMAT,
            "arm": comparison.winner,
            "sentence": comparison.sentence,
            "table": comparison.table.name,
            "task": comparison.table.task,
            "target_names": list(comparison.table.target_names),
            "scale": None if scale is None else [scale.mean, scale.deviation],
            "preparation": comparison.work.preparation.to_json(),
            "widths": list(NETWORKS.get(comparison.winner, ())),
        },
        sort_keys=True,
    )
    metadata = {"looplab": description, "digest": _digest(tensors, description)}
    path = path.resolve()
    if not path.parent.is_dir():
        raise CompareError(f"folder {path.parent}", expected="to exist", got="nothing there", fix="Make it first.")
    return write_whole(path, save(tensors, metadata))


def predict(path: str | Path, table: str | Path | pd.DataFrame) -> pd.DataFrame:
    """Predictions of a saved winner for the rows of a table.

    Args:
        path: the file that `Comparison.save` wrote.
        table: a .csv or .parquet file, or a DataFrame. Columns may be more, and in any order; none may be missing.

    Returns:
        One row a row. Regression: `prediction` and `spread`, the standard deviation of the ensemble's members, in the
        target's unit. Classes: `prediction` (the class), `probability` and `spread`, that probability's deviation.

    Raises:
        CompareError: a file that was cut short or altered, or a table that lacks a column.

    Warns:
        TableWarning: categories that training had not seen, counted.
    """
    tensors, about = _read(Path(path))
    frame = table.reset_index(drop=True) if isinstance(table, pd.DataFrame) else read_table(table)
    preparation = Preparation.from_json(about["preparation"])
    columns = _known_columns(frame, preparation)
    unseen = preparation.unseen(columns)
    if unseen:
        counted = ", ".join(f"{number} in '{name}'" for name, number in unseen.items())
        warnings.warn(f"values that training had not seen: {counted}; they count as no category", TableWarning, 2)
    members = _members(preparation.apply(columns), tensors, about)
    return _regression(members, about) if about["task"] == "regression" else _classes(members, about)


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


def _known_columns(frame: pd.DataFrame, preparation: Preparation) -> pd.DataFrame:
    """The table with its number columns read as in training: dates as days, stray text as missing."""
    numbers = {number.name for number in preparation.numbers}
    return pd.DataFrame({name: number_or_text(frame[name], []) if name in numbers else frame[name] for name in frame})


def _members(X: NDArray[np.float32], tensors: dict[str, Tensor], about: dict[str, Any]) -> NDArray[np.float64]:
    """Predictions S×N×O or probabilities S×N×C of the ensemble's members; the first is the prediction if linear."""
    if about["arm"] == "constant":
        row = tensors["constant"].numpy()
        return np.broadcast_to(row, (1, len(X), len(row)))
    if about["arm"] == "linear":
        return linear_predictions(X, tensors["weights"].numpy(), tensors["biases"].numpy(), about["task"])
    return network_predictions(_forward(torch.from_numpy(X), tensors["parameters"], about), about["task"])


def _forward(X: Tensor, parameters: Tensor, about: dict[str, Any]) -> Tensor:
    """Outputs S×N×O of S networks with one parameter row each, in `nn.Module.parameters()` order."""
    classes = len(about["target_names"])
    outputs = 1 if about["task"] == "binary" else classes
    sizes = [X.shape[1], *about["widths"], outputs]
    h, start = X.expand(len(parameters), *X.shape), 0
    for layer, (fan_in, fan_out) in enumerate(pairwise(sizes)):
        weight = parameters[:, start : start + fan_in * fan_out].reshape(-1, fan_out, fan_in)
        start += fan_in * fan_out
        bias = parameters[:, start : start + fan_out]
        start += fan_out
        h = torch.baddbmm(bias[:, None, :], h, weight.transpose(1, 2))
        if layer < len(sizes) - 2:
            h = torch.relu(h)
    return h


def _regression(members: NDArray[np.float64], about: dict[str, Any]) -> pd.DataFrame:
    in_unit = TargetScale(*about["scale"]).undo(members)
    centre = in_unit[0] if about["arm"] == "linear" else in_unit.mean(axis=0)
    spread = in_unit.std(axis=0)
    names = about["target_names"]
    if len(names) == 1:
        return pd.DataFrame({"prediction": centre[:, 0], "spread": spread[:, 0]})
    columns = {
        f"{kind} {name}": part[:, i]
        for i, name in enumerate(names)
        for kind, part in (("prediction", centre), ("spread", spread))
    }
    return pd.DataFrame(columns)


def _classes(members: NDArray[np.float64], about: dict[str, Any]) -> pd.DataFrame:
    centre = members[0] if about["arm"] == "linear" else members.mean(axis=0)
    best = centre.argmax(axis=1)
    rows = np.arange(len(best))
    return pd.DataFrame(
        {
            "prediction": [about["target_names"][each] for each in best],
            "probability": centre[rows, best],
            "spread": members[:, rows, best].std(axis=0),
        }
    )
