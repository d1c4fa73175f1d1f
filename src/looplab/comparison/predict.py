"""`predict`: what a saved model predicts for the rows of a table."""

import warnings
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from looplab.comparison.baselines import probabilities
from looplab.comparison.boosting import BOOSTING
from looplab.comparison.forms import form_predictions
from looplab.comparison.networks import network_predictions
from looplab.comparison.rereading import reread
from looplab.comparison.saved import SavedModel, read_model
from looplab.comparison.trees import tree_outputs
from looplab.data.options import ReadOptions
from looplab.data.read import find_table
from looplab.errors import TableWarning

__all__ = ["predict"]


def predict(path: str | Path, table: object, *, read: ReadOptions | None = None) -> pd.DataFrame:
    """Predictions of a saved winner for the rows of a table.

    Each column is read as in training: numbers with its decimal sign, dates in its format, text as its categories.

    Args:
        path: the file that `Comparison.save` wrote.
        table: a file with a table, a DataFrame, or any other object with columns. There may be extra columns, in any
            order; none may be missing.
        read: where this table's file, signs and formats differ from those of training.

    Returns:
        One row per row of the table. Regression: `prediction` and `spread`, the standard deviation of the ensemble's
        members, in the target's unit. Classes: `prediction` (the class), `probability` and `spread`, that probability's
        deviation. Where values were missing, not readable or new, `replaced` names their columns.

    Raises:
        CompareError: a file that was cut short or altered, a table that lacks a column, or a column most of whose
            values cannot be read as in training.

    Warns:
        TableWarning: values that were missing, unreadable or not seen in training, counted by column.
    """
    options = read or ReadOptions()
    model = read_model(Path(path))
    frame = find_table(table, options).frame
    again = reread(frame, model.readings, model.preparation, options)
    for sentence in again.warnings:
        warnings.warn(sentence, TableWarning, 2)
    members = _members(model.preparation.apply(again.columns), model)
    predictions = _regression(members, model) if model.task == "regression" else _classes(members, model)
    return predictions.assign(replaced=again.replaced) if any(again.replaced) else predictions


def _members(X: NDArray[np.float32], model: SavedModel) -> NDArray[np.float64]:
    """Predictions S×N×O or probabilities S×N×C of the ensemble's members; the first may be the prediction."""
    if model.arm == "constant":
        row = model.tensors["constant"].numpy()
        return np.broadcast_to(row, (1, len(X), len(row)))
    if model.arm == "linear":
        arrays = {name: tensor.numpy() for name, tensor in model.tensors.items()}
        return form_predictions(X, arrays, model.form, model.task, model.scale)
    if model.arm == BOOSTING:
        outputs = tree_outputs(X, model.tensors["trees"].numpy(), model.tensors["start"].numpy())
        return outputs if model.task == "regression" else probabilities(outputs)
    return network_predictions(_forward(torch.from_numpy(X), model), model.task)


def _forward(X: Tensor, model: SavedModel) -> Tensor:
    """Outputs S×N×O of S networks, each with one row of parameters, in `nn.Module.parameters()` order."""
    parameters = model.tensors["parameters"]
    outputs = 1 if model.task == "binary" else len(model.target_names)
    sizes = [X.shape[1], *model.widths, outputs]
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


def _regression(members: NDArray[np.float64], model: SavedModel) -> pd.DataFrame:
    assert model.scale is not None
    in_unit = model.scale.undo(members)
    centre = in_unit[0] if model.first_predicts else in_unit.mean(axis=0)
    spread = in_unit.std(axis=0)
    names = model.target_names
    if len(names) == 1:
        return pd.DataFrame({"prediction": centre[:, 0], "spread": spread[:, 0]})
    columns = {
        f"{kind} {name}": part[:, i]
        for i, name in enumerate(names)
        for kind, part in (("prediction", centre), ("spread", spread))
    }
    return pd.DataFrame(columns)


def _classes(members: NDArray[np.float64], model: SavedModel) -> pd.DataFrame:
    centre = members[0] if model.first_predicts else members.mean(axis=0)
    best = centre.argmax(axis=1)
    rows = np.arange(len(best))
    return pd.DataFrame(
        {
            "prediction": [model.target_names[each] for each in best],
            "probability": centre[rows, best],
            "spread": members[:, rows, best].std(axis=0),
        }
    )
