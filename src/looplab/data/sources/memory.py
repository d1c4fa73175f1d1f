"""A table from memory: a DataFrame of pandas or polars, a table of Arrow, a dict, an array, a list of rows."""

from collections import Counter
from typing import Any

import numpy as np
import pandas as pd

from looplab.data.sources.raw import RawTable
from looplab.data.words import printable
from looplab.errors import TableError
from looplab.words import kind_in_words

__all__ = ["as_frame", "raw_table"]


def as_frame(source: object) -> pd.DataFrame:
    """Any object with columns or rows, as a pandas DataFrame.

    Raises:
        TableError: an object with neither.
    """
    if isinstance(source, pd.DataFrame):
        return source
    if hasattr(source, "to_pandas"):  # polars, Arrow and others
        converted = source.to_pandas()
        if isinstance(converted, pd.DataFrame):
            return converted
    if isinstance(source, np.ndarray) and (source.ndim == 2 or source.dtype.names):
        return pd.DataFrame(source)
    if isinstance(source, dict) or (isinstance(source, list) and source and isinstance(source[0], dict)):
        try:
            return pd.DataFrame(source)
        except (ValueError, TypeError) as error:
            raise TableError("table", expected="columns of one length", got=str(error)) from None
    expected = "a DataFrame, a dict of columns, a list of rows as dicts, or an array of two dimensions"
    raise TableError("table", expected=expected, got=kind_in_words(source))


def raw_table(frame: pd.DataFrame, *, name: str, place: str, wanted: tuple[str, ...] = ()) -> RawTable:
    """A DataFrame as a table: column names become text, an index with meaningful values is mentioned in a note.

    Args:
        frame: left as it is.
        name: what to call the table.
        place: for messages.
        wanted: names that may be those of index levels, which then become columns.

    Raises:
        TableError: unnamed or repeated columns.
    """
    notes: list[str] = []
    levels = [level for level in frame.index.names if level is not None]
    asked = [level for level in levels if str(level) in wanted and level not in frame.columns]
    unused = [f"'{printable(level)}'" for level in levels if level not in asked]
    if asked:
        frame = frame.reset_index(level=asked)
    if unused:
        plural = "levels" if len(unused) > 1 else "level"
        notes.append(f"Index {plural} {', '.join(unused)} not used: reset_index() makes columns of them.")
    elif not levels and not pd.api.types.is_integer_dtype(frame.index.dtype):
        notes.append("The index, which has no name, is not used: reset_index() makes a column of it.")
    frame = frame.reset_index(drop=True)
    frame.columns = pd.Index(_names(frame, place))
    return RawTable(name=name, frame=frame, notes=tuple(notes))


def _names(frame: pd.DataFrame, place: str) -> list[str]:
    names = [_name(column) for column in frame.columns]
    for position, name in enumerate(names):
        if not name.strip():
            raise TableError(f"{place}, column {position + 1}", expected="a name", got="none", fix="Name it.")
    repeated = [name for name, number in Counter(names).items() if number > 1]
    if repeated:
        got = f"'{printable(repeated[0])}' more than once"
        raise TableError(place, expected="a different name for each column", got=got)
    return names


def _name(column: Any) -> str:
    return " / ".join(map(str, column)) if isinstance(column, tuple) else str(column)
