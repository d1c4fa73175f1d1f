"""`predict`: what a saved model predicts for the rows of a table."""

import warnings
from functools import partial
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from torch import Tensor

from looplab.comparison.baselines import probabilities
from looplab.comparison.boosting import BOOSTING
from looplab.comparison.conformal import COVERAGE, half_widths
from looplab.comparison.forms import form_predictions
from looplab.comparison.networks import network_predictions
from looplab.comparison.rereading import reread
from looplab.comparison.saved import SavedModel, read_model
from looplab.comparison.trees import tree_outputs
from looplab.comparison.unlike import unlike_rows, warning_about
from looplab.data.options import ReadOptions
from looplab.data.read import find_table
from looplab.errors import TableWarning

__all__ = ["centre", "member_predictions", "predict"]


def predict(
    path: str | Path,
    table: object,
    *,
    read: ReadOptions | None = None,
    coverage: float = COVERAGE,
    refuse_unlike: bool = False,
) -> pd.DataFrame:
    """Predictions of a saved winner for the rows of a table.

    Each column is read as in training: numbers with its decimal sign, dates in its format, text as its categories.

    Args:
        path: the file that `Comparison.save` wrote.
        table: a file with a table, a DataFrame, or any other object with columns. There may be extra columns, in any
            order; none may be missing.
        read: where this table's file, signs and formats differ from those of training.
        coverage: of a regression, the share of rows whose target the interval is to contain: above 0 and below 1.
        refuse_unlike: whether a row unlike any in training gets no prediction: empty cells.

    Returns:
        One row per row of the table. Regression: `prediction`, `spread`, the standard deviation of the ensemble's
        members, and the ends `low` and `high` of a conformal interval, in the target's unit. Classes: `prediction` (the
        class), `probability`, `spread`, that probability's deviation, and `probability NAME` of each class. Where
        values were missing, not readable or new, `replaced` names their columns. Where rows are unlike any in
        training, `unlike` names column, value and what training had.

    Raises:
        CompareError: a file that was cut short or altered, a table that lacks a column, a column most of whose
            values cannot be read as in training, or a coverage that the rows of training do not suffice for.

    Warns:
        TableWarning: values that were missing, unreadable or not seen in training, counted by column, and rows unlike
            any in training.
    """
    options = read or ReadOptions()
    model = read_model(Path(path))
    raw = find_table(table, options)
    again = reread(raw.frame, model.readings, model.preparation, options)
    where = partial(unlike_rows, again.columns, model.preparation, model.ranges, model.readings)
    unlike = where()
    unsaid = unlike if refuse_unlike else where(categories=False)  # new categories are among the other warnings
    for sentence in filter(None, (*raw.notes, *again.warnings, warning_about(unsaid, refused=refuse_unlike))):
        warnings.warn(sentence, TableWarning, 2)
    members = member_predictions(model.preparation.apply(again.columns), model)
    predictions = _regression(members, model, coverage) if model.task == "regression" else _classes(members, model)
    if refuse_unlike:
        refused = np.array([[bool(reason)] for reason in unlike])
        predictions = predictions.mask(np.broadcast_to(refused, predictions.shape))
    for name, said in (("replaced", again.replaced), ("unlike", unlike)):
        predictions = predictions.assign(**{name: said}) if any(said) else predictions
    return predictions


def member_predictions(X: NDArray[np.float32], model: SavedModel) -> NDArray[np.float64]:
    """Predictions S×N×O or probabilities S×N×C of the ensemble's members; the first may be the prediction."""
    if model.arm == "constant":
        row = model.tensors["constant"].numpy()
        return np.broadcast_to(row, (1, len(X), len(row)))
    if model.arm == "linear":
        arrays = {name: tensor.numpy() for name, tensor in model.tensors.items()}
        return form_predictions(X, arrays, model.form, model.task)
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


def centre(members: NDArray[np.float64], model: SavedModel) -> NDArray[np.float64]:
    """The prediction N×O in the target's unit, or the probabilities N×C: the members' mean, or the first of them."""
    if model.scale is not None:
        members = model.scale.undo(members)
    predicted: NDArray[np.float64] = members[0] if model.first_predicts else members.mean(axis=0)
    return predicted


def _regression(members: NDArray[np.float64], model: SavedModel, coverage: float) -> pd.DataFrame:
    assert model.scale is not None
    predicted, spread = centre(members, model), model.scale.undo(members).std(axis=0)
    kinds = {"prediction": predicted, "spread": spread}
    if model.residuals is not None:
        half = half_widths(model.residuals.double().numpy(), coverage)
        kinds |= {"low": predicted - half, "high": predicted + half}
    names = model.target_names
    if len(names) == 1:
        return pd.DataFrame({kind: part[:, 0] for kind, part in kinds.items()})
    return pd.DataFrame({f"{kind} {name}": part[:, i] for i, name in enumerate(names) for kind, part in kinds.items()})


def _classes(members: NDArray[np.float64], model: SavedModel) -> pd.DataFrame:
    predicted = centre(members, model)
    best = predicted.argmax(axis=1)
    rows = np.arange(len(best))
    return pd.DataFrame(
        {
            "prediction": [model.target_names[each] for each in best],
            "probability": predicted[rows, best],
            "spread": members[:, rows, best].std(axis=0),
        }
        | {f"probability {name}": predicted[:, each] for each, name in enumerate(model.target_names)}
    )
