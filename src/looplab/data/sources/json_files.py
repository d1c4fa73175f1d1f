"""JSON as pandas, databases and web services write tables: a list of rows, columns by name, or one row per line."""

import json
from pathlib import Path
from typing import Any

import pandas as pd

from looplab.data.options import ReadOptions
from looplab.data.sources.delimited import open_text
from looplab.data.words import printable
from looplab.errors import TableError
from looplab.words import kind_in_words

__all__ = ["read_json", "read_json_lines"]

_FORMS = "a list of rows, or columns by name"
_DEEPEST = 8  # objects within objects that become columns such as "size.width"

Row = dict[str, Any]


def read_json(path: Path, options: ReadOptions) -> pd.DataFrame:
    """The table in a JSON file; the only list of rows within an object, such as "data", is taken as the rows."""
    with open_text(path, options.encoding) as file:
        text = file.read()
    if _is_by_line(text):
        return read_json_lines(path, options)
    return _table(_parsed(text, str(path)), str(path))


def read_json_lines(path: Path, options: ReadOptions) -> pd.DataFrame:
    """The table in a file with one JSON object a line."""
    with open_text(path, options.encoding) as file:
        rows = [_parsed(line, f"{path}, line {number}") for number, line in enumerate(file, start=1) if line.strip()]
    return _table(rows[0] if len(rows) == 1 and isinstance(rows[0], list) else rows, str(path))


def _is_by_line(text: str) -> bool:
    """Whether the first line is a whole object, and another one follows."""
    first, _, rest = text.lstrip().partition("\n")
    if not (first.startswith("{") and rest.lstrip().startswith("{")):
        return False
    try:
        return isinstance(json.loads(first), dict)
    except (ValueError, RecursionError):
        return False


def _parsed(text: str, place: str) -> Any:
    def without_repeats(pairs: list[tuple[str, Any]]) -> Row:
        row = dict(pairs)
        if len(row) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise TableError(place, expected="each name once in an object", got=f"'{printable(twice)}' more than once")
        return row

    try:
        return json.loads(text, object_pairs_hook=without_repeats)
    except TableError:
        raise
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise TableError(place, expected="JSON", got=f"something that cannot be read: {reason}") from None


def _table(content: Any, place: str) -> pd.DataFrame:
    rows = _rows(content, place)
    if rows is not None:
        flat = [_flat(row) for row in rows]
        names = list(dict.fromkeys(name for row in flat for name in row))
        return _frame({name: [row.get(name) for row in flat] for name in names})
    if isinstance(content, dict) and content and all(isinstance(column, dict) for column in content.values()):
        rows_by = list(dict.fromkeys(row for column in content.values() for row in column))
        return _frame({name: [column.get(row) for row in rows_by] for name, column in content.items()})
    if isinstance(content, dict) and content and all(isinstance(column, list) for column in content.values()):
        lengths = {len(values) for values in content.values()}
        if len(lengths) > 1:
            raise TableError(place, expected="columns of one length", got=" and ".join(map(str, sorted(lengths))))
        return _frame(content)
    raise TableError(place, expected=_FORMS, got=kind_in_words(content) if content else "nothing")


def _rows(content: Any, place: str) -> list[Row] | None:
    """The rows, if the content has them one by one."""
    if isinstance(content, list):
        return _listed(content, place)
    if not isinstance(content, dict):
        return None
    if isinstance(content.get("columns"), list) and isinstance(content.get("data"), list):  # pandas' "split"
        return _listed([content["columns"], *content["data"]], place)
    within = [rows for rows in content.values() if _are_objects(rows)]
    if len(within) == 1:  # pandas' "table", and what web services wrap rows in
        return list(within[0])
    if len(content) == 1 and isinstance(next(iter(content.values())), dict):
        (inner,) = content.values()
        found = [rows for rows in inner.values() if _are_objects(rows)]
        return list(found[0]) if len(found) == 1 else None
    if content and all(isinstance(row, dict) for row in content.values()) and _is_by_row(content):
        return list(content.values())
    return None


def _listed(content: list[Any], place: str) -> list[Row] | None:
    """Rows that are objects, or lists below a list of names."""
    if _are_objects(content):
        return content
    if not content or not all(isinstance(row, list) for row in content):
        return None
    names, *rows = content
    if not rows or not names or not all(isinstance(name, str) for name in names):
        return None
    wrong = next((number for number, row in enumerate(rows, start=1) if len(row) != len(names)), None)
    if wrong is not None:
        got = str(len(rows[wrong - 1]))
        raise TableError(f"{place}, row {wrong}", expected=f"{len(names)} values, one for each name", got=got)
    if len(set(names)) < len(names):
        raise TableError(place, expected="a different name for each column", got="one more than once")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _are_objects(rows: Any) -> bool:
    return isinstance(rows, list) and bool(rows) and all(isinstance(row, dict) for row in rows)


def _is_by_row(content: dict[str, Row]) -> bool:
    """Whether objects within an object are rows by number, as in pandas' "index", rather than columns by name."""
    names = {name for row in content.values() for name in row}
    return all(key.isdecimal() for key in content) and not all(name.isdecimal() for name in names)


def _flat(row: Row, before: str = "", depth: int = 0) -> Row:
    """The row with objects within it as columns of their own, such as "size.width"."""
    flat: Row = {}
    for name, value in row.items():
        if isinstance(value, dict) and value and depth < _DEEPEST:
            flat |= _flat(value, f"{before}{name}.", depth + 1)
        else:
            flat[f"{before}{name}"] = value
    return flat


def _frame(columns: dict[str, list[Any]]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
