"""JSON as pandas, databases and web services write tables: a list of rows, columns by name, or one row per line."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from looplab.data.options import ReadOptions
from looplab.data.sources.delimited import open_text
from looplab.errors import TableError
from looplab.words import kind_in_words

__all__ = ["read_json", "read_json_lines"]

_FORMS = "a list of rows, or columns by name"


def read_json(path: Path, options: ReadOptions) -> pd.DataFrame:
    """The table in a JSON file; a list under a single name, such as "data", is taken as the rows."""
    with open_text(path, options.encoding) as file:
        content = _parsed(file.read(), str(path))
    return _table(content, str(path))


def read_json_lines(path: Path, options: ReadOptions) -> pd.DataFrame:
    """The table in a file with one JSON object a line."""
    with open_text(path, options.encoding) as file:
        rows = [_parsed(line, f"{path}, line {number}") for number, line in enumerate(file, start=1) if line.strip()]
    return _table(rows, str(path))


def _parsed(text: str, place: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise TableError(place, expected="JSON", got=f"something that cannot be read: {reason}") from None


def _table(content: Any, place: str) -> pd.DataFrame:
    if isinstance(content, dict):
        if isinstance(content.get("columns"), list) and isinstance(content.get("data"), list):  # pandas' "split"
            content = [dict(zip(content["columns"], row, strict=False)) for row in content["data"]]
        elif isinstance(content.get("data"), list):  # pandas' "table", and what web services wrap rows in
            content = content["data"]
        elif len(content) == 1 and isinstance(next(iter(content.values())), list):
            (only,) = content.values()
            content = only if all(isinstance(row, dict) for row in only) else content
    if isinstance(content, list) and content and all(isinstance(row, dict) for row in content):
        names = list(dict.fromkeys(str(name) for row in content for name in row))
        return _checked({name: [row.get(name) for row in content] for name in names}, place)
    if isinstance(content, dict) and content and all(isinstance(column, dict) for column in content.values()):
        rows = list(dict.fromkeys(row for column in content.values() for row in column))
        return _checked({name: [column.get(row) for row in rows] for name, column in content.items()}, place)
    if isinstance(content, dict) and content and all(isinstance(column, list) for column in content.values()):
        return _checked(content, place)
    raise TableError(place, expected=_FORMS, got=kind_in_words(content) if content else "nothing")


def _checked(columns: dict[str, list[Any]], place: str) -> pd.DataFrame:
    lengths = {len(values) for values in columns.values()}
    if len(lengths) > 1:
        raise TableError(place, expected="columns of one length", got=" and ".join(map(str, sorted(lengths))))
    for name, values in columns.items():
        nested = next((value for value in values if isinstance(value, list | dict)), None)
        if nested is not None:
            raise TableError(
                f"{place}, column '{name}'",
                expected="one value a row",
                got=f"a {'list' if isinstance(nested, list) else 'nested object'}",
                fix=f"Flatten it, or say drop=['{name}'] (--drop '{name}').",
            )
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
