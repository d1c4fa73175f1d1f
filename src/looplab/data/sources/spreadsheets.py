"""Spreadsheets: .xlsx, .xls and .ods, with a library that runs no formula and no macro."""

import datetime
from pathlib import Path
from typing import Any

from looplab.data.options import ReadOptions
from looplab.data.sources.raw import RawTable
from looplab.data.sources.records import Record, is_blank, table_of_records
from looplab.data.sources.room import require_room, spread_bytes, unzipped_bytes
from looplab.data.words import few
from looplab.errors import ChoiceError, MissingExtraError, TableError

__all__ = ["read_spreadsheet"]


def read_spreadsheet(path: Path, options: ReadOptions) -> RawTable:
    """The table in a sheet: the only one with content, or the one named by `options.sheet`.

    Raises:
        TableError, ChoiceError: a damaged file, several filled sheets and none named, or no such sheet.
        MissingExtraError: the library is not installed.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook
    except ImportError:
        raise MissingExtraError(f"reading {path.name}", "excel") from None
    require_room(path, unzipped_bytes(path))
    require_room(path, spread_bytes(path))
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            if options.sheet is not None and options.sheet not in book.sheet_names:
                raise ChoiceError(f"sheet of {path}", options.sheet, book.sheet_names)
            names = [options.sheet] if options.sheet is not None else book.sheet_names
            sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in names}
    except (CalamineError, OSError) as error:
        raise TableError(str(path), expected="a spreadsheet", got=f"something that cannot be read: {error}") from None
    filled = {name: rows for name, rows in sheets.items() if any(not is_blank(cell) for row in rows for cell in row)}
    if len(filled) > 1:
        fix = f"Say sheet='{next(iter(filled))}' (--sheet '{next(iter(filled))}')."
        raise TableError(str(path), expected="one filled sheet, or its name", got=few(filled), fix=fix)
    rows: list[list[Any]] = next(iter(filled.values()), [])
    notes: list[str] = []
    width = max((_extent(row) for row in rows), default=0)
    records = [Record(number, [_cell(cell) for cell in row[:width]]) for number, row in enumerate(rows, start=1)]
    return RawTable(name=path.stem, frame=table_of_records(records, str(path), notes), notes=tuple(notes))


def _extent(row: list[Any]) -> int:
    return max((position for position, cell in enumerate(row, start=1) if not is_blank(cell)), default=0)


def _cell(cell: Any) -> Any:
    """A cell's value; an empty one is None, a whole number is whole, a time of day is text as in other files."""
    if is_blank(cell):
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell.isoformat() if isinstance(cell, datetime.time) else cell
