"""The user's table as `compare` sees it: usable columns, a target, and what to hold together or in order."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from looplab.data import DATASETS, Dataset, Task, load
from looplab.data.columns import count, usable_columns
from looplab.data.files import read_table
from looplab.data.targets import parse_targets
from looplab.errors import ChoiceError, CompareError, require_choice

__all__ = ["Table", "make_table"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table with a target.

    Attributes:
        name: what to call it.
        columns: N rows; number columns float64 with NaN for what is missing, text columns with None.
        targets: float64 N×O for a regression, int64 N of classes 0 to C-1 otherwise (also for two).
        task: "regression", "binary" or "multiclass".
        target_names: the target's column, or the names of the classes.
        groups: N numbers; rows of one group stay in one fold. None without groups.
        order: N positions in time; later rows are predicted from earlier ones. None without time.
        notes: what was dropped or changed, a sentence each.
    """

    name: str
    columns: pd.DataFrame
    targets: NDArray[np.float64] | NDArray[np.int64]
    task: Task
    target_names: tuple[str, ...]
    groups: NDArray[np.int64] | None
    order: NDArray[np.int64] | None
    notes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.columns)


def make_table(
    source: str | Path | pd.DataFrame | Dataset,
    target: str | None,
    task: Task | None = None,
    *,
    groups: str | None = None,
    time: str | None = None,
) -> Table:
    """The table in a file, a DataFrame, a dataset or one of the named datasets.

    Args:
        source: a .csv or .parquet file, a DataFrame, a `Dataset`, or the name of one.
        target: the column to predict; needed for files and DataFrames, not for datasets.
        task: "regression", "binary" or "multiclass"; None tells it from the target.
        groups: column of groups whose rows must not be shared out over folds; it is not an input.
        time: column by which rows are ordered; a fold is predicted from earlier rows only. It stays an input if it is
            a number or a date.

    Raises:
        TableError, CompareError, ChoiceError: what cannot be used, in a sentence.
    """
    if isinstance(source, str) and source in DATASETS:
        source = load(source)
    if isinstance(source, Dataset):
        return _from_dataset(source, task)
    if isinstance(source, pd.DataFrame):
        name, frame = "table", source.reset_index(drop=True)
    else:
        if Path(source).suffix.lower() not in (".csv", ".parquet"):
            raise ChoiceError("table (a .csv or .parquet file, or a dataset)", str(source), DATASETS)
        name, frame = Path(source).stem, read_table(source)
    return _from_frame(frame, name, target, task, groups, time)


def _from_dataset(dataset: Dataset, task: Task | None) -> Table:
    if task is not None and task != dataset.task:
        raise CompareError("task", expected=f"'{dataset.task}', as '{dataset.name}' has it", got=f"'{task}'")
    targets = dataset.targets.double() if dataset.task == "regression" else dataset.targets.flatten().long()
    return Table(
        name=dataset.name,
        columns=pd.DataFrame(dataset.inputs.double().numpy(), columns=list(dataset.feature_names)),
        targets=targets.numpy(),
        task=dataset.task,
        target_names=dataset.target_names,
        groups=None,
        order=None,
        notes=dataset.notes,
    )


def _from_frame(
    frame: pd.DataFrame, name: str, target: str | None, task: Task | None, groups: str | None, time: str | None
) -> Table:
    _check_names(frame)
    if target is None:
        raise CompareError("target", expected="the column to predict", got="none", fix=f"Columns: {_few(frame)}.")
    for role, column in (("target", target), ("groups", groups), ("time", time)):
        if column is not None:
            require_choice(f"{role} column of {name}", column, [str(each) for each in frame.columns])
    if target in (groups, time):
        raise CompareError("target", expected="another column than groups and time", got=f"'{target}'")
    notes: list[str] = []
    frame = _complete_rows(frame, [column for column in (target, groups, time) if column], notes)
    parsed = parse_targets(frame[target], task, name)
    columns = usable_columns(frame.drop(columns=[target, *([groups] if groups else [])]), notes)
    if columns.columns.empty:
        raise CompareError(name, expected="at least one column that varies, beside the target", got="none")
    targets = parsed.values.double() if parsed.task == "regression" else parsed.values.flatten().to(torch.int64)
    return Table(
        name=name,
        columns=columns.reset_index(drop=True),
        targets=targets.numpy(),
        task=parsed.task,
        target_names=parsed.names,
        groups=None if groups is None else pd.factorize(frame[groups])[0].astype(np.int64),
        order=None if time is None else _positions(frame[time], name),
        notes=(*notes, *parsed.notes),
    )


def _check_names(frame: pd.DataFrame) -> None:
    names = [str(column) for column in frame.columns]
    for position, name in enumerate(names):
        if not name.strip():
            raise CompareError(f"column {position + 1}", expected="a name", got="none", fix="Name it.")
        if names.count(name) > 1:
            raise CompareError("columns", expected="a different name for each", got=f"'{name}' more than once")
    if frame.empty:
        raise CompareError("table", expected="rows", got="none")
    frame.columns = pd.Index(names)


def _complete_rows(frame: pd.DataFrame, needed: list[str], notes: list[str]) -> pd.DataFrame:
    for column in needed:
        missing = frame[column].isna()
        if missing.all():
            raise CompareError(f"column '{column}'", expected="values", got="none at all")
        if missing.any():
            notes.append(f"{count(int(missing.sum()), 'row')} without a value of '{column}' dropped.")
            frame = frame[~missing]
    return frame


def _positions(times: pd.Series, name: str) -> NDArray[np.int64]:
    values = times
    if not (pd.api.types.is_numeric_dtype(times) or pd.api.types.is_datetime64_any_dtype(times)):
        values = pd.to_datetime(times.astype(str), errors="coerce", format="ISO8601", utc=True)
        if values.isna().any():
            first = int(np.argmax(values.isna().to_numpy()))
            raise CompareError(
                f"{name}, time column '{times.name}', row {times.index[first] + 1}",
                expected="a number or a date such as 2026-01-31",
                got=f"'{times.iloc[first]}'",
            )
    ranks = values.rank(method="first").to_numpy() - 1
    return ranks.astype(np.int64)


def _few(frame: pd.DataFrame) -> str:
    names = [str(column) for column in frame.columns]
    return ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
