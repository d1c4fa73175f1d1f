"""Reading a table from a CSV or Parquet file, with a sentence for each way in which a file can be wrong."""

import csv
from collections import Counter
from pathlib import Path

import pandas as pd

from looplab.errors import TableError

__all__ = ["read_table"]

_DELIMITERS = ",;\t|"


def read_table(path: str | Path) -> pd.DataFrame:
    """The table in a .csv file (UTF-8; comma, semicolon, tab or bar between fields) or a .parquet file.

    Raises:
        TableError: no such file, another format, empty, ragged, badly encoded, or with unnamed or repeated columns.
    """
    path = Path(path)
    if not path.is_file():
        nearby = ", ".join(sorted(file.name for file in path.parent.glob(f"*{path.suffix}"))[:5])
        fix = f"In the same folder there are: {nearby}." if nearby else "Check the spelling and the folder."
        raise TableError(str(path), expected="a file", got="a folder" if path.is_dir() else "nothing there", fix=fix)
    match path.suffix.lower():
        case ".csv":
            frame = _read_csv(path)
        case ".parquet":
            frame = _read_parquet(path)
        case other:
            raise TableError(str(path), expected="a .csv or .parquet file", got=f"'{other}'")
    _check_columns([str(column) for column in frame.columns], path)
    if frame.empty:
        raise TableError(str(path), expected="rows below the column names", got="none")
    return frame


def _read_csv(path: Path) -> pd.DataFrame:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            first = file.readline()
            file.seek(0)
            if not first.strip():
                raise TableError(str(path), expected="column names in the first line", got="an empty file or line")
            delimiter = max(_DELIMITERS, key=first.count)
            rows = csv.reader(file, delimiter=delimiter, strict=True)
            names = next(rows)
            _check_columns(names, path)
            for row in rows:
                if row and len(row) != len(names):
                    raise TableError(
                        f"{path}, line {rows.line_num}",
                        expected=f"{len(names)} fields, as in the first line",
                        got=str(len(row)),
                        fix="Put a field that contains the delimiter into double quotes.",
                    )
    except UnicodeDecodeError as error:
        line = path.read_bytes()[: error.start].count(b"\n") + 1
        raise TableError(
            f"{path}, line {line}",
            expected="UTF-8 text",
            got=f"the byte {error.object[error.start]:#04x}",
            fix="Save the file as UTF-8, or read it with pandas and the right encoding and save it again.",
        ) from None
    except csv.Error as error:
        raise TableError(f"{path}, line {rows.line_num}", expected="well-formed CSV", got=str(error)) from None
    return pd.read_csv(path, sep=delimiter, encoding="utf-8-sig", low_memory=False)


def _read_parquet(path: Path) -> pd.DataFrame:
    from pyarrow import ArrowException

    try:
        return pd.read_parquet(path)
    except (ArrowException, OSError) as error:
        reason = str(error).splitlines()[0]
        raise TableError(str(path), expected="a Parquet file", got=f"something that does not read: {reason}") from None


def _check_columns(names: list[str], path: Path) -> None:
    for position, name in enumerate(names):
        if not name.strip():
            raise TableError(
                f"{path}, column {position + 1}", expected="a name in the first line", got="none", fix="Name it."
            )
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise TableError(str(path), expected="a different name for each column", got=f"'{repeated[0]}' more than once")
