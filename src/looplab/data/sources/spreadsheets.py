"""Spreadsheets: .xlsx, .xls and .ods, with a library that runs no formula and no macro."""

import datetime
from pathlib import Path
from typing import Any

from looplab.data.options import ReadOptions
from looplab.data.sources.raw import RawTable
from looplab.data.sources.records import Record, is_blank, table_of_records
from looplab.data.sources.room import require_room, spread_bytes, unzipped_bytes
from looplab.data.words import count, few
from looplab.errors import ChoiceError, MissingExtraError, TableError

__all__ = ["read_spreadsheet"]

_DAY_0 = datetime.datetime(1899, 12, 30)  # as spreadsheets count
_FIRST_DAY, _LAST_DAY = 10_000, 80_000  # 1927 to 2119


def read_spreadsheet(path: Path, options: ReadOptions) -> RawTable:
    """The table in a sheet: the only one with content, or the one named by `options.sheet`.

    Raises:
        TableError, ChoiceError: a damaged file, several filled sheets and none named, or no such sheet.
        MissingExtraError: the library is not installed.
    """
    try:
        from python_calamine import CalamineError, CalamineWorkbook, SheetVisibleEnum
    except ImportError:
        raise MissingExtraError(f"reading {path.name}", "excel") from None
    require_room(path, unzipped_bytes(path))
    require_room(path, spread_bytes(path))
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            if options.sheet is not None and options.sheet not in book.sheet_names:
                raise ChoiceError(f"sheet of {path}", options.sheet, book.sheet_names)
            names = [options.sheet] if options.sheet is not None else book.sheet_names
            hidden = {sheet.name for sheet in book.sheets_metadata if sheet.visible != SheetVisibleEnum.Visible}
            sheets = {name: book.get_sheet_by_name(name).to_python(skip_empty_area=True) for name in names}
    except (CalamineError, OSError) as error:
        raise TableError(str(path), expected="a spreadsheet", got=f"something that cannot be read: {error}") from None
    filled = {name: rows for name, rows in sheets.items() if any(not is_blank(cell) for row in rows for cell in row)}
    notes: list[str] = []
    if len(filled) > 1 and len(filled.keys() - hidden) == 1:
        left_out = few(name for name in filled if name in hidden)
        notes.append(f"Hidden sheets left out: {left_out} (--sheet says otherwise).")
        filled = {name: rows for name, rows in filled.items() if name not in hidden}
    if len(filled) > 1:
        fix = f"Say sheet='{next(iter(filled))}' (--sheet '{next(iter(filled))}')."
        raise TableError(str(path), expected="one filled sheet, or its name", got=few(filled), fix=fix)
    rows: list[list[Any]] = next(iter(filled.values()), [])
    width = max((_extent(row) for row in rows), default=0)
    cells = [[_cell(cell) for cell in row[:width]] for row in rows]
    for column in range(width):
        notes += _date_numbers(cells, column)
    records = [Record(number, row) for number, row in enumerate(cells, start=1)]
    return RawTable(name=path.stem, frame=table_of_records(records, str(path), notes), notes=tuple(notes))


def _date_numbers(cells: list[list[Any]], column: int) -> list[str]:
    """Make dates of the numbers of days that stand among dates, since a cell lost its format; a sentence about it."""
    values = [row[column] for row in cells if column < len(row)]
    dates = sum(isinstance(value, datetime.date) for value in values)
    numbers = [value for value in values if isinstance(value, int | float) and not isinstance(value, bool)]
    if not 0 < len(numbers) < dates or not all(_FIRST_DAY <= value <= _LAST_DAY for value in numbers):
        return []
    for row in cells:
        if column < len(row) and isinstance(row[column], int | float):
            row[column] = _DAY_0 + datetime.timedelta(days=row[column])
    shown = _DAY_0 + datetime.timedelta(days=numbers[0])
    what = f"Column {column + 1}: {count(len(numbers), 'number')} among dates taken as days since 1899-12-30"
    return [f"{what}, such as {numbers[0]:g} as {shown:%Y-%m-%d}."]


def _extent(row: list[Any]) -> int:
    return max((position for position, cell in enumerate(row, start=1) if not is_blank(cell)), default=0)


def _cell(cell: Any) -> Any:
    """A cell's value; an empty one is None, a whole number is whole, a time of day is text as in other files."""
    if is_blank(cell):
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return cell.isoformat() if isinstance(cell, datetime.time) else cell
