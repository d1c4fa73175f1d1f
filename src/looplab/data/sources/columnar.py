"""Parquet and Feather, which carry types."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from looplab.data.options import ReadOptions
from looplab.data.sources.arrow_lengths import declared_bytes
from looplab.data.sources.room import require_room
from looplab.errors import TableError

__all__ = ["read_feather", "read_parquet"]


def read_parquet(path: Path, options: ReadOptions) -> pd.DataFrame:
    """The table in a Parquet file. What pandas wrote as categories comes back as such, even whole numbers."""
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    del options  # the file leaves nothing open
    try:
        require_room(path, _needed_bytes(pq.read_metadata(path)))
        frame = pd.read_parquet(path)
        metadata = pq.read_schema(path).metadata or {}
    except TableError:
        raise
    except (ArrowException, OSError, ValueError, RecursionError) as error:
        raise _unreadable(path, "Parquet", error) from None
    for name in _categories(metadata.get(b"pandas", b"")):
        if name in frame and not isinstance(frame[name].dtype, pd.CategoricalDtype):
            frame[name] = frame[name].astype("category")
    return frame


def read_feather(path: Path, options: ReadOptions) -> pd.DataFrame:
    """The table in a Feather file, which is Arrow's own."""
    from pyarrow import ArrowException

    del options
    try:
        _require_room_for_feather(path)
        return pd.read_feather(path)
    except TableError:
        raise
    except (ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, "Feather", error) from None


_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 8, "FLOAT": 4, "DOUBLE": 8}
_REFERENCE_BYTES = 8  # of a text: where it lies


def _needed_bytes(metadata: Any) -> int:
    """What the rows of a Parquet file take at least: its pages may hold a value once that stands in every row."""
    columns = [metadata.schema.column(position) for position in range(metadata.num_columns)]
    row = sum(_WIDTHS.get(column.physical_type, max(_REFERENCE_BYTES, column.length)) for column in columns)
    groups = [metadata.row_group(position).total_byte_size for position in range(metadata.num_row_groups)]
    return int(max(metadata.num_rows * row, sum(groups)))


def _require_room_for_feather(path: Path) -> None:
    """By the lengths that the file declares; an old one (version 1) packs nothing."""
    with path.open("rb") as file:
        is_old = file.read(4) == b"FEA1"
    if not is_old:
        require_room(path, declared_bytes(path))


def _categories(description: bytes) -> list[Any]:
    """The columns that pandas noted as categories: Parquet itself knows no categories of numbers."""
    try:
        columns = json.loads(description)["columns"]
        return [column["name"] for column in columns if column["pandas_type"] == "categorical"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return []


def _unreadable(path: Path, format_name: str, error: Exception) -> TableError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return TableError(str(path), expected=f"a {format_name} file", got=f"something that cannot be read: {reason}")
