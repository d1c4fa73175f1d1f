"""Parquet and Feather, which carry types."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from looplab.data.options import ReadOptions
from looplab.errors import TableError

__all__ = ["read_feather", "read_parquet"]


def read_parquet(path: Path, options: ReadOptions) -> pd.DataFrame:
    """The table in a Parquet file. What pandas wrote as categories comes back as such, even whole numbers."""
    import pyarrow.parquet as pq
    from pyarrow import ArrowException

    del options  # the file leaves nothing open
    try:
        frame = pd.read_parquet(path)
        metadata = pq.read_schema(path).metadata or {}
    except (ArrowException, OSError, ValueError) as error:
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
        return pd.read_feather(path)
    except (ArrowException, OSError, ValueError) as error:
        raise _unreadable(path, "Feather", error) from None


def _categories(description: bytes) -> list[Any]:
    """The columns that pandas noted as categories: Parquet itself knows no categories of numbers."""
    try:
        columns = json.loads(description)["columns"]
        return [column["name"] for column in columns if column["pandas_type"] == "categorical"]
    except (ValueError, KeyError, TypeError):
        return []


def _unreadable(path: Path, format_name: str, error: Exception) -> TableError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return TableError(str(path), expected=f"a {format_name} file", got=f"something that cannot be read: {reason}")
