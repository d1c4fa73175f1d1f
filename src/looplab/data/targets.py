"""From a table's target column to targets and their task."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.data.dataset import Task
from looplab.data.options import ReadOptions
from looplab.data.read import ReadTable
from looplab.data.readings.boolean import BooleanReading
from looplab.data.readings.category import CategoryReading, label
from looplab.data.readings.dates import ClockReading, DateReading
from looplab.data.readings.number import NumberReading
from looplab.data.readings.reading import MARKERS, ReadColumn, Reading
from looplab.data.words import count, printable
from looplab.errors import TableError, require_choice

__all__ = ["MOST_CLASSES", "Targets", "parse_targets", "with_targets"]

MOST_CLASSES = 10
"""Whole numbers of more different values than this are a regression unless the task says otherwise."""

_MAYBE_CLASSES = ("none", "nil", "-", "--", ".", "?")


@dataclass(frozen=True, kw_only=True, eq=False)
class Targets:
    """What a table's target holds, with a note if the task was inferred from the values.

    Attributes:
        values: float64 N×1 for a regression, int64 N of classes 0 to C-1 otherwise, also for two.
        task: "regression", "binary" or "multiclass".
        names: the target's column, or the names of the classes.
        notes: a sentence each.
    """

    values: NDArray[np.float64] | NDArray[np.int64]
    task: Task
    names: tuple[str, ...]
    notes: tuple[str, ...] = ()


def with_targets(table: ReadTable, name: str, task: Task | None, options: ReadOptions, notes: list[str]) -> ReadTable:
    """The rows of a table that have a target, the target's column read so that no class vanishes.

    Blanks, and words such as "NA" among numbers, mean that there is no target. Words such as "None" or "?" among
    numbers that look like classes may name a class: the user is asked about them.

    Args:
        table: the table, with the target among its columns.
        name: the target's.
        task: see `parse_targets`.
        options: `options.missing` are words declared by the user to mean "missing".
        notes: receives a sentence about the rows without a target.

    Raises:
        TableError: no target at all, or a word that may be a class.
    """
    column, reading = table.columns[name], table.readings[name]
    said = tuple(word.lower() for word in options.missing)
    if isinstance(reading, NumberReading | BooleanReading) and task in ("binary", "multiclass"):
        if column.unread.any() or column.marked.any():  # the user declared these to be classes
            reading = CategoryReading(numbered=True, missing=said)
            column = reading.read(column.raw)
    elif isinstance(reading, NumberReading | BooleanReading) and task is None:
        _ask_about_words(name, column, said, table.name)
    missing = column.missing
    if missing.all():
        raise TableError(f"{table.name}, column '{printable(name)}'", expected="values", got="none at all")
    if missing.any():
        notes.append(f"{count(int(missing.sum()), 'row')} without a value of '{printable(name)}' dropped.")
    if column.marked.any():
        notes.append(f"Target '{printable(name)}': '{column.first(column.marked)[1]}' and similar words mean no value.")
    columns = {**table.columns, name: column}
    readings = {**table.readings, name: reading}
    return replace(table, columns=columns, readings=readings).rows(~missing)


def _ask_about_words(name: str, column: ReadColumn, said: tuple[str, ...], place: str) -> None:
    """Refuse words that may name a class among numbers that may each be one."""
    numbers = column.values.dropna()
    if numbers.nunique() > MOST_CLASSES or not np.equal(np.mod(numbers, 1), 0).all():
        return
    for text in dict.fromkeys(column.raw[column.marked].astype(str).str.strip()):
        if text.lower() in _MAYBE_CLASSES and text.lower() not in said:
            raise TableError(
                f"{place}, target '{printable(name)}'",
                expected="to know whether a word among numbers is a class",
                got=f"'{text}'",
                fix=f"Say missing=['{text}'] (--missing '{text}') if it is none, task='multiclass' if it is one.",
            )


def parse_targets(name: str, column: ReadColumn, reading: Reading, task: Task | None, path: str | Path) -> Targets:
    """The targets of a column without missing values.

    Args:
        name: the column's.
        column: its values.
        reading: how it was read.
        task: "regression", "binary" or "multiclass"; None infers it from the target: text or two different values are
            classes, whole numbers of at most ten different values too, anything else is a regression.
        path: for messages.

    Raises:
        TableError: the column has only one value, is not numeric where it must be, or does not fit the task.
    """
    if task is not None:
        require_choice("task", task, get_args(Task))
    place = f"{path}, target '{printable(name)}'"
    if isinstance(reading, DateReading | ClockReading):
        expected = "numbers or classes"
        raise TableError(place, expected=expected, got=reading.words, fix="Subtract a date to make numbers of them.")
    if column.values.nunique() < 2 and not column.unread.any():
        raise TableError(place, expected="at least two different values", got=f"only {_shown(column, 0)}")
    told = task if task is not None else _tell_task(column, reading, place)
    if told == "regression":
        signs = (f"Target '{printable(name)}' read as {reading.words}.",) if _has_signs(reading) else ()
        return Targets(values=_numbers(column, place)[:, None], task=told, names=(name,), notes=signs)
    return _classes(name, column, reading, told, task is not None, place)


def _classes(name: str, column: ReadColumn, reading: Reading, task: Task, said: bool, place: str) -> Targets:
    labels = _labels(column, reading)
    classes = sorted(labels.unique(), key=_class_order)
    if task == "binary" and len(classes) != 2:
        raise TableError(place, expected="two different values for task 'binary'", got=str(len(classes)))
    codes = np.asarray(pd.Categorical(labels, categories=classes).codes, dtype=np.int64)
    notes = []
    if not said and len(classes) > 2:
        notes.append(
            f"Target '{printable(name)}' has {len(classes)} different values: taken as classes "
            "(task='regression' says otherwise)."
        )
    for word in (each for each in classes if each.lower() in MARKERS):
        rows = count(int((labels == word).sum()), "row")
        otherwise = f"missing=['{word}'] says otherwise"
        notes.append(f"Target '{printable(name)}': '{word}' is taken as a class, of {rows} ({otherwise}).")
    return Targets(values=codes, task=task, names=tuple(classes), notes=tuple(notes))


def _labels(column: ReadColumn, reading: Reading) -> pd.Series:
    """The classes' names; numbers in text that could not be read name classes as written."""
    if isinstance(reading, BooleanReading):
        return column.values.map({1.0: "True", 0.0: "False"}).where(~column.unread, column.raw.astype(str))
    named = column.values.map(label, na_action="ignore")
    return named.where(column.values.notna(), column.raw.astype(str).str.strip())


def _tell_task(column: ReadColumn, reading: Reading, place: str) -> Task:
    different = column.values.nunique()
    if isinstance(reading, NumberReading):
        numbers = _numbers(column, place)  # raises at infinity, and where text stands among numbers
        if different > 2 and not (different <= MOST_CLASSES and np.equal(np.mod(numbers, 1), 0).all()):
            return "regression"
    elif isinstance(reading, CategoryReading) and not reading.declared and different > len(column.values) / 2:
        _numbers(column, place)  # raises: text that names rows rather than classes
    elif not isinstance(reading, CategoryReading | BooleanReading):
        return "regression"  # durations
    return "binary" if different == 2 else "multiclass"


def _numbers(column: ReadColumn, place: str) -> NDArray[np.float64]:
    numbers = pd.to_numeric(column.values, errors="coerce").to_numpy(dtype=np.float64)
    if not np.isfinite(numbers).all():
        first = int(np.argmin(np.isfinite(numbers)))
        raise TableError(
            f"{place}, row {column.values.index[first] + 1}",
            expected="a finite number",
            got=_shown(column, first),
            fix="Correct or drop that row, or say task='multiclass' if the column names classes.",
        )
    return np.asarray(numbers)


def _has_signs(reading: Reading) -> bool:
    return isinstance(reading, NumberReading) and reading.words != "numbers"


def _class_order(name: str) -> tuple[int, float, str]:
    try:
        return (0, float(name), name)
    except ValueError:
        return (1, 0.0, name)


def _shown(column: ReadColumn, row: int) -> str:
    """The value as it is, in quotes if it is text and not a number."""
    value = column.raw.iloc[row]
    as_text = isinstance(value, str) and (column.unread[row] or isinstance(column.values.iloc[row], str))
    return f"'{printable(value)}'" if as_text else str(value)
