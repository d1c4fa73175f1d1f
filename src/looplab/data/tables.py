"""From a CSV or Parquet file to a dataset: what is dropped or filled in is said, never silent."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from looplab.data.columns import count, usable_columns
from looplab.data.dataset import Dataset, Task
from looplab.data.files import read_table
from looplab.data.targets import Targets, parse_targets
from looplab.errors import ChoiceError, TableError, TableWarning

__all__ = ["load_table"]


def load_table(path: str | Path, target: str, task: Task | None = None) -> Dataset:
    """The dataset of a table, with one of its columns as the target.

    Number columns stay as they are, dates become days since 1970, text columns become one column of 0 and 1 per
    category, missing numbers become the column's median, constant columns and text with more than 50 different values
    are dropped, and rows without a target are dropped. Each of these is said in a `TableWarning` and in the notes.

    Args:
        path: a .csv file (UTF-8, first line the names) or a .parquet file.
        target: the column to predict.
        task: "regression", "binary" or "multiclass"; None tells it from the target: text or two different values are
            classes, whole numbers of at most ten different values too, anything else is a regression.

    Raises:
        TableError: the file is missing, empty, ragged or has a target that is not numeric where it must be.
        ChoiceError: no such target column.
    """
    frame = read_table(path)
    if target not in frame.columns:
        raise ChoiceError(f"target column of {path}", target, [str(column) for column in frame.columns])
    notes: list[str] = []
    frame = _with_target(frame, target, notes, path)
    targets = parse_targets(frame[target], task, path)
    inputs = _inputs(frame.drop(columns=target), notes)
    if not inputs:
        raise TableError(str(path), expected="at least one column that varies, beside the target", got="none")
    if notes:
        warnings.warn(f"{path}: {' '.join(notes)}", TableWarning, stacklevel=3)
    return _dataset(Path(path).stem, inputs, targets, notes)


def _with_target(frame: pd.DataFrame, target: str, notes: list[str], path: str | Path) -> pd.DataFrame:
    missing = frame[target].isna()
    if missing.any():
        notes.append(f"{count(int(missing.sum()), 'row')} without a value of '{target}' dropped.")
        frame = frame[~missing]
    if frame.empty:
        raise TableError(f"{path}, column '{target}'", expected="values", got="none at all")
    return frame


def _inputs(frame: pd.DataFrame, notes: list[str]) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    for name, column in usable_columns(frame, notes).items():
        encode = _filled if column.dtype == np.float64 else _one_hot
        columns |= encode(str(name), column, notes)
    return columns


def _filled(name: str, column: pd.Series, notes: list[str]) -> dict[str, np.ndarray]:
    missing = int(column.isna().sum())
    if missing:
        median = float(column.median())
        notes.append(f"Column '{name}': {count(missing, 'missing value')} filled with the median, {median:g}.")
        column = column.fillna(median)
    return {name: column.to_numpy()}


def _one_hot(name: str, column: pd.Series, notes: list[str]) -> dict[str, np.ndarray]:
    missing = int(column.isna().sum())
    if missing:
        notes.append(f"Column '{name}': {count(missing, 'missing value')} made a category of their own, 'missing'.")
    text = column.fillna("missing")
    return {f"{name}={category}": (text == category).to_numpy(dtype=np.float64) for category in sorted(text.unique())}


def _dataset(name: str, inputs: dict[str, np.ndarray], targets: Targets, notes: list[str]) -> Dataset:
    return Dataset(
        name=name,
        inputs=torch.tensor(np.column_stack(list(inputs.values())), dtype=torch.float32),
        targets=targets.values,
        task=targets.task,
        feature_names=tuple(inputs),
        target_names=targets.names,
        notes=(*notes, *targets.notes),
    )
