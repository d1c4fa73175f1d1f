"""From a table to a dataset: what is dropped or filled in is reported, never silent."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from looplab.data.columns import usable_columns
from looplab.data.dataset import PRECISIONS, Dataset, Task
from looplab.data.options import ReadOptions
from looplab.data.read import find_table, read_columns
from looplab.data.targets import Targets, parse_targets, with_targets
from looplab.data.words import count, printable
from looplab.errors import ChoiceError, DataError, TableError, TableWarning, shown
from looplab.words import without_secrets

__all__ = ["load_table"]


def load_table(
    path: str | Path,
    target: str,
    task: Task | None = None,
    read: ReadOptions | None = None,
    dtype: torch.dtype = torch.float32,
) -> Dataset:
    """The dataset of a table, with one of its columns as the target.

    Number columns stay as they are, dates become days since 1970, text columns become one column of 0 and 1 per
    category, missing numbers become the column's median, constant columns and text with more than 50 different values
    are dropped, and rows without a target are dropped. Each of these is reported in a `TableWarning` and in the notes.

    Args:
        path: a file or a database's address; see `looplab.data.sources.endings` for the formats.
        target: the column to predict.
        task: "regression", "binary" or "multiclass"; None infers it from the target: text or two different values are
            classes, whole numbers of at most ten different values too, anything else is a regression.
        read: how to read what the file leaves open.
        dtype: torch.float32, or torch.float64 to keep the fifteen digits that numbers in a file can have.

    Raises:
        DataError: another dtype.
        TableError: the file is missing, empty, ragged or has a target that is not numeric where it must be.
        ChoiceError: no such target column.
    """
    if dtype not in PRECISIONS:
        raise DataError(
            f"dtype of {without_secrets(str(path))}", expected="torch.float32 or torch.float64", got=shown(dtype)
        )
    options, source = read or ReadOptions(), path
    path = without_secrets(str(source))
    table = read_columns(find_table(source, options, wanted=(target,)), options)
    if target not in table.columns:
        raise ChoiceError(f"target column of {path}", target, [printable(column) for column in table.columns])
    notes = list(table.notes)
    table = with_targets(table, target, task, options, notes)
    targets = parse_targets(target, table.columns[target], table.readings[target], task, path)
    inputs: dict[str, NDArray[np.float64]] = {}
    for name, column in usable_columns(table.without((target,)), notes).items():
        encode = _filled if column.dtype == np.float64 else _one_hot
        inputs |= encode(str(name), column, notes)
    if not inputs:
        raise TableError(str(path), expected="at least one column that varies, beside the target", got="none")
    columns = {name: _rounded(values, dtype, f"{path}, column '{printable(name)}'") for name, values in inputs.items()}
    if notes:
        warnings.warn(f"{path}: {' '.join(notes)}", TableWarning, stacklevel=3)
    return _dataset(table.name, columns, targets, dtype, f"{path}, target '{printable(target)}'", notes)


def _filled(name: str, column: pd.Series, notes: list[str]) -> dict[str, NDArray[np.float64]]:
    missing = int(column.isna().sum())
    if missing:
        median = float(column.median())
        notes.append(f"Column '{name}': {count(missing, 'missing value')} filled with the median, {median:g}.")
        column = column.fillna(median)
    return {name: column.to_numpy()}


def _one_hot(name: str, column: pd.Series, notes: list[str]) -> dict[str, NDArray[np.float64]]:
    missing = int(column.isna().sum())
    if missing:
        notes.append(f"Column '{name}': {count(missing, 'missing value')} made a category of their own, 'missing'.")
    text = column.fillna("missing")
    return {f"{name}={category}": (text == category).to_numpy(dtype=np.float64) for category in sorted(text.unique())}


def _rounded(values: NDArray[np.float64], dtype: torch.dtype, place: str) -> NDArray[np.floating[Any]]:
    """The values in the precision of a dataset, which must be able to distinguish them.

    Raises:
        TableError: numbers beyond 3.4e38, or so far from 0 that most of their differences would be lost.
    """
    if dtype == torch.float64:
        return values
    with np.errstate(over="ignore"):
        rounded = values.astype(np.float32)
    if not np.isfinite(rounded).all():
        raise TableError(
            place,
            expected="numbers below 3.4e38",
            got=f"{np.abs(values).max():g}",
            fix="Divide the column by a number, or load it with dtype=torch.float64.",
        )
    spread, error = float(values.std()), float(np.abs(rounded - values).max())
    if spread > 0 and error > 0.01 * spread:
        got = f"numbers about {values.mean():g} that differ by about {spread:g}"
        raise TableError(
            place,
            expected="numbers that float32, of seven digits, can tell apart",
            got=got,
            fix="Subtract a constant, such as the first value, from the column, or load it with dtype=torch.float64.",
        )
    return rounded


def _dataset(
    name: str,
    inputs: dict[str, NDArray[np.floating[Any]]],
    targets: Targets,
    dtype: torch.dtype,
    place: str,
    notes: list[str],
) -> Dataset:
    values = torch.tensor(targets.values)
    if targets.task == "regression":
        values = torch.from_numpy(_rounded(targets.values.astype(np.float64), dtype, place))
    elif targets.task == "binary":
        values = values.to(dtype)[:, None]
    return Dataset(
        name=name,
        inputs=torch.from_numpy(np.column_stack(list(inputs.values()))),
        targets=values,
        task=targets.task,
        feature_names=tuple(inputs),
        target_names=targets.names,
        notes=(*notes, *targets.notes),
    )
