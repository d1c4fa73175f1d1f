"""From a CSV or Parquet file to a dataset: what is dropped or filled in is said, never silent."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from pandas.api import types

from looplab.data.dataset import Dataset, Task
from looplab.data.files import read_table
from looplab.data.targets import Targets, parse_targets
from looplab.errors import ChoiceError, TableError, TableWarning

__all__ = ["MOST_CATEGORIES", "load_table"]

MOST_CATEGORIES = 50
"""A text column with more different values than this is dropped: it is more likely a name or a date than a category."""


def load_table(path: str | Path, target: str, task: Task | None = None) -> Dataset:
    """The dataset of a table, with one of its columns as the target.

    Number columns stay as they are, text columns become one column of 0 and 1 per category, missing numbers become
    the column's median, constant columns and text with more than 50 different values are dropped, and rows without a
    target are dropped. Each of these is said in a `TableWarning` and in the dataset's notes.

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
        notes.append(f"{_count(int(missing.sum()), 'row')} without a value of '{target}' dropped.")
        frame = frame[~missing]
    if frame.empty:
        raise TableError(f"{path}, column '{target}'", expected="values", got="none at all")
    return frame


def _inputs(frame: pd.DataFrame, notes: list[str]) -> dict[str, np.ndarray]:
    columns: dict[str, np.ndarray] = {}
    for name in frame.columns:
        column = frame[name]
        if types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column):
            notes.append(f"Column '{name}' dropped: it holds dates; make numbers of them, such as the day of the year.")
        elif types.is_bool_dtype(column) or types.is_numeric_dtype(column):
            columns |= _number_column(str(name), column, notes)
        else:
            columns |= _text_column(str(name), column, notes)
    return columns


def _number_column(name: str, column: "pd.Series[float]", notes: list[str]) -> dict[str, np.ndarray]:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    known = np.isfinite(values)
    if not known.any():
        notes.append(f"Column '{name}' dropped: it has no values.")
        return {}
    if not known.all():
        median = float(np.median(values[known]))
        notes.append(
            f"Column '{name}': {_count(int((~known).sum()), 'missing value')} filled with the median, {median:g}."
        )
        values = np.where(known, values, median)
    if np.ptp(values) == 0:
        notes.append(f"Column '{name}' dropped: it is {values[0]:g} in every row.")
        return {}
    return {name: values}


def _text_column(name: str, column: "pd.Series[str]", notes: list[str]) -> dict[str, np.ndarray]:
    missing = int(column.isna().sum())
    text = column.astype(object).where(column.notna(), "missing").map(str)
    categories = sorted(text.unique())
    if len(categories) > MOST_CATEGORIES:
        notes.append(f"Column '{name}' dropped: it is text with {len(categories)} different values.")
        return {}
    if len(categories) == 1:
        notes.append(f"Column '{name}' dropped: it is '{categories[0]}' in every row.")
        return {}
    if missing:
        notes.append(f"Column '{name}': {_count(missing, 'missing value')} made a category of their own, 'missing'.")
    return {f"{name}={category}": (text == category).to_numpy(dtype=np.float64) for category in categories}


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


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
