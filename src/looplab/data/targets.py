"""From a table's target column to targets and the task that they pose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import torch
from pandas.api import types

from looplab.data.dataset import Task
from looplab.errors import TableError, require_choice

__all__ = ["MOST_CLASSES", "Targets", "parse_targets"]

MOST_CLASSES = 10
"""Whole numbers of more different values than this are a regression unless the task says otherwise."""


@dataclass(frozen=True)
class Targets:
    """What `Dataset` calls targets, task and target_names, with a note when the task was told from the values."""

    values: torch.Tensor
    task: Task
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def parse_targets(column: "pd.Series[Any]", task: Task | None, path: str | Path) -> Targets:
    """The targets of a column without missing values.

    Raises:
        TableError: the column has one value only, is not numeric where it must be, or does not fit the task.
    """
    if task is not None:
        require_choice("task", task, get_args(Task))
    place = f"{path}, target '{column.name}'"
    if column.nunique() < 2:
        raise TableError(place, expected="at least two different values", got=f"only {_shown(column.iloc[0])}")
    told = task if task is not None else _tell_task(column, place)
    if told == "regression":
        return Targets(_numbers(column, place), told, (str(column.name),))
    classes = sorted(column.unique(), key=_class_order)
    if told == "binary" and len(classes) != 2:
        raise TableError(place, expected="two different values for task 'binary'", got=str(len(classes)))
    codes = torch.tensor(pd.Categorical(column, categories=classes).codes.astype(np.int64))
    names = tuple(_class_name(value) for value in classes)
    notes = () if task is not None or len(classes) == 2 else (_classes_note(column, len(classes)),)
    return Targets(codes.float()[:, None] if told == "binary" else codes, told, names, notes)


def _tell_task(column: "pd.Series[Any]", place: str) -> Task:
    different = column.nunique()
    if _is_numeric(column):
        _numbers(column, place)  # raises at infinity
        whole = different <= MOST_CLASSES and bool(np.equal(np.mod(column.to_numpy(dtype=float), 1), 0).all())
        if different > 2 and not whole:
            return "regression"
    elif pd.to_numeric(column, errors="coerce").notna().mean() > 0.5 or different > len(column) / 2:
        _numbers(column, place)  # raises: numbers with stray text, or text that names rows rather than classes
    return "binary" if different == 2 else "multiclass"


def _numbers(column: "pd.Series[Any]", place: str) -> torch.Tensor:
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all():
        first = int(np.argmin(np.isfinite(numbers)))
        raise TableError(
            f"{place}, row {column.index[first] + 1}",
            expected="a finite number",
            got=_shown(column.iloc[first]),
            fix="Mend or drop that row, or say task='multiclass' if the column names classes.",
        )
    return torch.tensor(numbers, dtype=torch.float32)[:, None]


def _is_numeric(column: "pd.Series[Any]") -> bool:
    return types.is_numeric_dtype(column) or types.is_bool_dtype(column)


def _class_order(value: object) -> tuple[int, float, str]:
    return (0, float(value), "") if isinstance(value, int | float | np.number) else (1, 0.0, str(value))


def _shown(value: object) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)


def _class_name(value: object) -> str:
    return f"{value:g}" if isinstance(value, float | np.floating) else str(value)


def _classes_note(column: "pd.Series[Any]", classes: int) -> str:
    return (
        f"Target '{column.name}' has {classes} different values: taken as classes (task='regression' says otherwise)."
    )
