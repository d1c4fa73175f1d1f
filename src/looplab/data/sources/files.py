"""A table from a file: the ending of its name tells the format."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd

from looplab.data.options import ReadOptions
from looplab.data.sources.archives import member_name
from looplab.data.sources.columnar import read_feather, read_parquet
from looplab.data.sources.delimited import read_delimited
from looplab.data.sources.endings import COMPRESSED, ENDINGS, ending
from looplab.data.sources.json_files import read_json, read_json_lines
from looplab.data.sources.memory import raw_table
from looplab.data.sources.raw import RawTable
from looplab.data.sources.spreadsheets import read_spreadsheet
from looplab.errors import TableError
from looplab.words import without_secrets

__all__ = ["read_file"]

_TEXT: dict[str, Callable[[Path, ReadOptions], RawTable]] = {
    "delimited": read_delimited,
    "spreadsheet": read_spreadsheet,
}
_TYPED: dict[str, Callable[[Path, ReadOptions], pd.DataFrame]] = {
    "parquet": read_parquet,
    "feather": read_feather,
    "json": read_json,
    "json lines": read_json_lines,
}
_UNPACKED = ("delimited", "json", "json lines")


def read_file(path: str | Path, options: ReadOptions | None = None, *, wanted: tuple[str, ...] = ()) -> RawTable:
    """The table in a file, its columns as the file has them.

    Args:
        path: a file with one of the endings of `ENDINGS`; text and JSON may be compressed.
        options: what the file leaves open.
        wanted: names that may be those of an index, which then becomes a column.

    Raises:
        TableError: no such file, an unknown format, or a file that cannot be read.
    """
    path, options = Path(path), options or ReadOptions()
    _require_file(path)
    suffix, compression = ending(path)
    if compression == ".zip" and suffix not in ENDINGS:
        suffix, _ = ending(member_name(path))
    kind = ENDINGS.get(suffix, "")
    if not kind or (compression and kind not in _UNPACKED):
        endings = ", ".join(ENDINGS)
        raise TableError(
            str(path),
            expected=f"a file that ends in {endings}, text also in {', '.join(COMPRESSED)}",
            got=f"'{path.suffix}'" if path.suffix else "no ending",
            fix="Save it as one of these.",
        )
    if kind in _TEXT:
        return _TEXT[kind](path, options)
    table = raw_table(_TYPED[kind](path, options), name=path.name.split(".")[0], place=str(path), wanted=wanted)
    if table.frame.empty:
        raise TableError(str(path), expected="rows below the column names", got="none")
    return table


def _require_file(path: Path) -> None:
    if path.is_file():
        return
    nearby = ", ".join(sorted(file.name for file in path.parent.glob(f"*{path.suffix}"))[:5])
    fix = f"The same folder holds: {nearby}." if nearby else "Check the spelling and the folder."
    place = without_secrets(str(path))  # perhaps an address with a slash too few
    raise TableError(place, expected="a file", got="a folder" if path.is_dir() else "nothing there", fix=fix)
