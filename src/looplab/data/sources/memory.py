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
    if hasattr(source, "__arrow_c_stream__"):  # whatever speaks Arrow's protocol
        return _of_arrow(source)
    source = _as_array(source)
    if isinstance(source, np.ndarray) and (source.ndim == 2 or source.dtype.names):
        return _of_array(source)
    if isinstance(source, dict) or (isinstance(source, list) and source and isinstance(source[0], dict)):
        try:
            return pd.DataFrame(source)
        except (ValueError, TypeError) as error:
            raise TableError("table", expected="columns of one length", got=str(error)) from None
    expected = "a DataFrame, a dict of columns, a list of rows as dicts, or an array of two dimensions"
    raise TableError("table", expected=expected, got=kind_in_words(source))


def _of_arrow(source: object) -> pd.DataFrame:
    import pyarrow as pa

    try:
        frame: pd.DataFrame = pa.table(source).to_pandas()
    except (pa.ArrowException, ValueError, TypeError) as error:
        raise TableError("table", expected="columns that Arrow can read", got=printable(error)) from None
    return frame


def _as_array(source: object) -> object:
    """A tensor as an array, other things as they are."""
    if isinstance(source, np.ndarray) or getattr(source, "ndim", None) != 2 or not hasattr(source, "__array__"):
        return source
    return np.asarray(source.detach().cpu() if hasattr(source, "detach") else source)


def _of_array(array: "np.ndarray[Any, Any]") -> pd.DataFrame:
    """A column for each column, or for each field; what is masked is missing."""
    if array.dtype.names is None:
        return pd.DataFrame(array)
    deep = next((name for name in array.dtype.names if array.dtype[name].shape or array.dtype[name].names), None)
    if array.ndim != 1 or deep is not None:
        got = f"'{deep}', which has several" if deep is not None else f"an array of {array.ndim} dimensions"
        raise TableError("table", expected="fields of one value a row", got=got)
    masked = isinstance(array, np.ma.MaskedArray)
    columns = {name: pd.Series(np.asarray(array[name])) for name in array.dtype.names}
    if masked:
        columns = {name: column.mask(np.ma.getmaskarray(array[name])) for name, column in columns.items()}
    return pd.DataFrame(columns)


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
    frame = frame.assign(**{str(name): _plain(column) for name, column in frame.items() if _is_packed(column)})
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
    if isinstance(column, tuple):
        return " / ".join(str(level) for level in column if str(level).strip())
    return "" if column is None or column != column else str(column)  # only NaN differs from itself


def _is_packed(column: pd.Series) -> bool:
    """Whether values stand in another form than their own: periods of time, and text as bytes."""
    if isinstance(column.dtype, pd.PeriodDtype):
        return True
    return column.dtype == object and any(isinstance(cell, bytes) for cell in column)


def _plain(column: pd.Series) -> pd.Series:
    """Periods as the moment at which they begin, bytes as the text that they are."""
    if isinstance(column.dtype, pd.PeriodDtype):
        moments: pd.Series = column.dt.to_timestamp()
        return moments
    try:
        return column.map(lambda cell: cell.decode() if isinstance(cell, bytes) else cell)
    except UnicodeDecodeError:
        name = printable(column.name)
        fix = f"Say drop=['{name}'] (--drop '{name}')."
        raise TableError(f"column '{name}'", expected="text", got="bytes that are no UTF-8", fix=fix) from None
