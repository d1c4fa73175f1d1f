"""The user's table as `compare` sees it: usable columns, a target, and what to hold together or in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.copies import find_copies
from looplab.comparison.free_text import MOST_WORDS, free_text
from looplab.comparison.plan import usual_folds
from looplab.comparison.preparation import many_categories
from looplab.comparison.rare_classes import RareClasses, without_rare_classes
from looplab.comparison.weights import weighted_rows, weights_of, without_weights
from looplab.data import DATASETS, Dataset, ReadOptions, Task, load
from looplab.data.columns import usable_columns
from looplab.data.read import ReadTable, find_table, read_columns
from looplab.data.readings.category import CategoryReading
from looplab.data.readings.number import NumberReading
from looplab.data.readings.reading import ReadColumn, Reading
from looplab.data.sources.databases import is_database
from looplab.data.sources.endings import is_file_name
from looplab.data.targets import parse_targets, with_targets
from looplab.data.words import count, few, printable
from looplab.errors import ChoiceError, CompareError, require_choice

__all__ = ["Table", "make_table"]

_LARGEST = 1e150  # squares of targets beyond this overflow
_SMALLEST = 1e-140  # squares of differences below this underflow to 0


@dataclass(frozen=True, kw_only=True, eq=False)
class Table:
    """A table with a target.

    Attributes:
        name: what to call it.
        columns: N rows; number columns float64 with NaN for what is missing, text columns with None.
        readings: how each column was read; a saved model reads other tables the same way.
        targets: float64 N×O for a regression, int64 N of classes 0 to C-1 otherwise (also for two).
        task: "regression", "binary" or "multiclass".
        target_names: the target's column, or the names of the classes.
        groups: N numbers; rows of one group stay in one fold: groups named by the user, and equal rows. None without
            groups.
        order: N moments in time, from 0; later rows are predicted from earlier ones. None without time.
        notes: what was dropped or changed, one sentence each.
        weights: N numbers above 0 with mean 1: how much each row counts. None for equal ones.
    """

    name: str
    columns: pd.DataFrame
    readings: Mapping[str, Reading]
    targets: NDArray[np.float64] | NDArray[np.int64]
    task: Task
    target_names: tuple[str, ...]
    groups: NDArray[np.int64] | None
    order: NDArray[np.int64] | None
    notes: tuple[str, ...]
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.columns)


def make_table(
    source: object,
    target: str | int | None,
    task: Task | None = None,
    *,
    groups: str | int | None = None,
    time: str | int | None = None,
    weights: str | int | None = None,
    read: ReadOptions | None = None,
    rare_classes: RareClasses | None = None,
    folds: int | None = None,
) -> Table:
    """The table in a file, a DataFrame, a dataset or one of the named datasets.

    Args:
        source: a file's path, a database's address, a DataFrame or any other object with columns, a `Dataset`, or the
            name of one.
        target: the column to predict; needed for files and DataFrames, not for datasets.
        task: "regression", "binary" or "multiclass"; None infers it from the target.
        groups: column of groups whose rows must not be split across folds; it is not an input.
        time: column by which rows are ordered; a fold is predicted from earlier rows only. It stays an input if it is
            a number or a date.
        weights: column that says how much each row counts; it is not an input.
        read: how to read what a file leaves open.
        rare_classes: "merge" or "drop" classes with fewer rows than folds; None leaves them, to be refused.
        folds: how many folds there will be; None for the usual number.

    Raises:
        TableError, CompareError, ChoiceError: what cannot be used, in a sentence.
    """
    if isinstance(source, str) and source in DATASETS:
        source = load(source)
    if isinstance(source, Dataset):
        if weights is not None:
            got = f"'{weights}' beside the dataset '{source.name}'"
            raise CompareError("weights", expected="a column of a table", got=got, fix="Give a DataFrame or a file.")
        return _from_dataset(source, task)
    if isinstance(source, str) and not is_file_name(source) and not is_database(source):
        raise ChoiceError("table (a .csv or .parquet file, or a dataset)", source, DATASETS)
    if isinstance(source, pd.DataFrame):
        _check_names(source)
    roles = {"target": target, "groups": groups, "time": time, "weights": weights}
    named = {role: str(column) for role, column in roles.items() if column is not None}
    options = read or ReadOptions()
    raw = find_table(source, options, wanted=tuple(named.values()))
    prepared = read_columns(raw, options)
    return _from_columns(prepared, named, task, options, _Rare(rare_classes, folds))


def _from_dataset(dataset: Dataset, task: Task | None) -> Table:
    if task is not None and task != dataset.task:
        raise CompareError("task", expected=f"'{dataset.task}', as '{dataset.name}' has it", got=f"'{task}'")
    if dataset.is_categorical:
        raise CompareError(
            f"inputs of '{dataset.name}'",
            expected="numbers: neither linear models nor the networks compared here take categories",
            got="categories of type int64",
            fix="Give a table in which the categories are text: each becomes a column.",
        )
    targets = dataset.targets.double() if dataset.task == "regression" else dataset.targets.flatten().long()
    columns = pd.DataFrame(dataset.inputs.double().numpy(), columns=list(dataset.feature_names))
    copies = find_copies(columns, targets.numpy(), None)
    return Table(
        name=dataset.name,
        columns=columns,
        readings={name: NumberReading() for name in dataset.feature_names},
        targets=targets.numpy(),
        task=dataset.task,
        target_names=dataset.target_names,
        groups=copies.groups,
        order=None,
        notes=(*dataset.notes, *copies.notes),
    )


class _Rare(NamedTuple):
    """What to do with rare classes, and how many folds the user asks for."""

    how: RareClasses | None
    folds: int | None


def _from_columns(
    table: ReadTable, named: Mapping[str, str], task: Task | None, options: ReadOptions, rare: _Rare
) -> Table:
    target, groups, time, weights = (named.get(role) for role in ("target", "groups", "time", "weights"))
    if target is None:
        fix = f"Columns: {few(table.columns)}."
        raise CompareError("target", expected="the column to predict", got="none", fix=fix)
    for role, column in named.items():
        if column not in table.columns:
            require_choice(f"{role} column of {table.name}", column, [printable(each) for each in table.columns])
    if target in (groups, time, weights):
        raise CompareError("target", expected="another column than groups, time and weights", got=f"'{target}'")
    if weights is not None and weights in (groups, time):
        raise CompareError("weights", expected="another column than groups and time", got=f"'{weights}'")
    if table.columns[target].missing.all():
        raise CompareError(f"column '{printable(target)}'", expected="values", got="none at all")
    notes = list(table.notes)
    if weights is not None:
        table = weighted_rows(table, weights, notes)
    table = with_targets(_complete(table, (groups, time), notes), target, task, options, notes)
    parsed = parse_targets(target, table.columns[target], table.readings[target], task, table.name)
    fewest = usual_folds(len(parsed.values), in_time=time is not None) if rare.folds is None else rare.folds
    parsed, kept = without_rare_classes(parsed, fewest, rare.how, table.name)
    table = table.rows(kept)
    _check_size(parsed.values, f"{table.name}, target '{printable(target)}'")
    columns = usable_columns(table.without((target, groups, weights)), notes, repeated=True)
    if columns.columns.empty:
        raise CompareError(table.name, expected="at least one column that varies, beside the target", got="none")
    notes += _filled(columns) + _weighed(columns)
    columns = columns.reset_index(drop=True)
    group_codes = None if groups is None else _codes(table.columns[groups])
    copies = find_copies(columns, parsed.values, group_codes, in_time=time is not None)
    if groups is not None and time is not None:
        notes.append(f"Time determines the folds: groups of '{printable(groups)}' may stand in two.")
    of_rows = None
    if weights is not None:
        of_rows = weights_of(table, weights, notes)
        notes += without_weights(many_categories(columns))
    return Table(
        name=table.name,
        columns=columns,
        readings={str(name): table.readings[str(name)] for name in columns},
        targets=parsed.values,
        task=parsed.task,
        target_names=parsed.names,
        groups=copies.groups,
        order=None if time is None else _moments(table.columns[time], table.readings[time], time, table.name),
        notes=(*notes, *copies.notes, *parsed.notes),
        weights=of_rows,
    )


def _check_names(frame: pd.DataFrame) -> None:
    names = [str(column) for column in frame.columns]
    for position, name in enumerate(names):
        if not name.strip():
            raise CompareError(f"column {position + 1}", expected="a name", got="none", fix="Name it.")
        if name in names[:position]:
            got = f"'{printable(name)}' more than once"
            raise CompareError("columns", expected="a different name for each", got=got)
    if frame.empty:
        raise CompareError("table", expected="rows", got="none")


def _complete(table: ReadTable, needed: tuple[str | None, ...], notes: list[str]) -> ReadTable:
    """The rows with a value in each of these columns."""
    for name in needed:
        if name is None:
            continue
        missing = table.columns[name].missing
        if missing.all():
            raise CompareError(f"column '{printable(name)}'", expected="values", got="none at all")
        if missing.any():
            notes.append(f"{count(int(missing.sum()), 'row')} without a value of '{printable(name)}' dropped.")
            table = table.rows(~missing)
    return table


def _check_size(targets: NDArray[np.float64] | NDArray[np.int64], place: str) -> None:
    """Squares of the targets, and of their differences, must neither overflow nor vanish."""
    if targets.dtype != np.float64:
        return
    largest, spread = float(np.abs(targets).max()), float(targets.max() / 2 - targets.min() / 2)
    if largest > _LARGEST or spread < _SMALLEST:
        size = f"{largest if largest > _LARGEST else spread:g}"
        expected = f"values below {_LARGEST:g} that differ by {_SMALLEST:g} or more"
        raise CompareError(place, expected=expected, got=size, fix="Multiply the column by a number.")


def _filled(columns: pd.DataFrame) -> list[str]:
    """What will replace missing values, one sentence per kind of column."""
    notes = []
    for name, column in columns.items():
        missing = int(column.isna().sum())
        if missing:
            filled = "take the median of the rows learnt from"
            kept = "are a category of their own, 'missing'"
            what = filled if column.dtype == np.float64 else kept
            notes.append(f"Column '{printable(name)}': missing values, {missing:,} of them, {what}.")
    return notes


def _weighed(columns: pd.DataFrame) -> list[str]:
    """How text with many different values is used, one sentence per column."""
    means = [
        f"Column '{printable(name)}': each of its {columns[name].nunique():,} categories stands for the mean target of "
        "its rows among those learnt from."
        for name in many_categories(columns)
    ]
    words = [
        f"Column '{printable(name)}' is free text: the {MOST_WORDS} commonest words of the rows learnt from count "
        "(TF-IDF)."
        for name in free_text(columns)
    ]
    return means + words


def _codes(column: ReadColumn) -> NDArray[np.int64]:
    """A number for each different value, in order of appearance; unread values differ if their text does."""
    known = column.values.notna()
    return pd.factorize(column.values.astype(object).where(known, column.raw.astype(str)))[0].astype(np.int64)


def _moments(column: ReadColumn, reading: Reading, name: str, place: str) -> NDArray[np.int64]:
    """Positions in time, from 0; rows of one moment share one."""
    wrong = column.unread | column.infinite
    if isinstance(reading, CategoryReading) or wrong.any():
        row, value = column.first(wrong if wrong.any() else ~column.missing)
        raise CompareError(
            f"{place}, time column '{printable(name)}', row {row}",
            expected="a number or a date such as 2026-01-31",
            got=f"'{printable(value)}'",
        )
    return (column.values.rank(method="dense").to_numpy() - 1).astype(np.int64)
