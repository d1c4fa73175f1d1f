"""Tables as people have them in files: each value as it is written, and what programs add to a file."""

import bz2
import datetime
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from .dirty import DAYS, ISO_MINUTES, Column, Style, Table, Truth

__all__ = ["date_format", "number_text", "write_table"]


def text_of(value: Truth, column: Column, style: Style) -> str:
    """A value as it is written."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if column.kind in DAYS:
        return _moment(value).strftime(date_format(column, style))
    if column.kind == "boolean":
        return style.booleans[0 if value else 1]
    if column.kind == "clock":
        return f"{int(value)}:{round(value % 1 * 60):02d}"
    if column.kind == "race":
        return str(datetime.timedelta(hours=round(value * 3600) / 3600))
    if column.kind == "duration":
        days, seconds = divmod(round(value * 86400), 86400)
        return f"{days} days {seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if column.kind == "exponent":
        return f"{value:.2E}".replace(".", style.decimal)
    return column.affix[0] + number_text(value, style) + column.affix[1]


def date_format(column: Column, style: Style) -> str:
    if column.kind == "month":
        return "%Y-%m"
    if column.kind in ("date", "early") or "%H" in style.date:
        return style.date
    return ISO_MINUTES if style.date == "%Y%m%d" else f"{style.date} %H:%M"


def _moment(day: float) -> pd.Timestamp:
    return (pd.Timestamp(0) + pd.Timedelta(days=day)).round("s")


def number_text(value: float, style: Style) -> str:
    """A number in the style's signs."""
    if abs(value) < 1e-4 and value != 0:
        return f"{value:.3g}".replace(".", style.decimal)
    whole, _, fraction = f"{abs(value):,.2f}".partition(".")
    whole = whole.replace(",", style.thousands)
    sign = "" if value >= 0 else "-"
    digits = fraction.rstrip("0")
    text = f"{whole}{style.decimal}{digits}" if digits else whole
    return f"({text})" if sign and "brackets" in style.extras else sign + text


def write_table(table: Table, style: Style, folder: Path, name: str) -> Path:
    """Write the table; typed formats keep numbers, dates and booleans as such."""
    path = folder / f"{name}{style.ending}"
    if style.is_typed:
        words = [name for name, column in table.items() if any(isinstance(value, str) for value in column.values)]
        _write_typed(_typed(table, style), path, style.form, words)
        return path
    content = _encoded(_lines(table, style), style)
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr(f"{name}.csv", content)
    else:
        path.write_bytes(_PACKED.get(path.suffix, bytes)(content))
    return path


_PACKED: dict[str, Callable[[bytes], bytes]] = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def _typed(table: Table, style: Style) -> pd.DataFrame:
    columns = {}
    for name, column in table.items():
        values: list[object] = list(column.values)
        if column.kind in DAYS:
            moments = [None if day is None else _moment(float(day)) for day in column.values]
            texts = style.ending.startswith(".json")
            values = [None if each is None else each.strftime(ISO_MINUTES) if texts else each for each in moments]
        elif column.kind == "boolean":
            values = [None if value is None else bool(value) for value in column.values]
        elif column.kind in ("clock", "race", "duration"):
            values = [None if value is None else text_of(value, column, style) for value in column.values]
        elif column.kind in ("whole", "small whole") and None not in values:
            values = [int(float(str(value))) for value in values]
        columns[name] = pd.Series(values) if column.kind != "boolean" else pd.Series(values, dtype=object)
    return pd.DataFrame(columns)


def _write_typed(frame: pd.DataFrame, path: Path, form: str, words: list[str]) -> None:
    rows = [
        {name: None if pd.isna(value) else value for name, value in row.items()} for row in frame.to_dict("records")
    ]
    match path.suffix:
        case ".xlsx":
            frame.to_excel(path, index=False)
        case ".json":
            path.write_text(_json(rows, form))
        case ".jsonl" | ".gz":
            content = "".join(json.dumps(row) + "\n" for row in rows).encode()
            path.write_bytes(_PACKED.get(path.suffix, bytes)(content))
        case ".parquet":
            _formed(frame, form, words).to_parquet(path)
        case _:
            _formed(frame, form, words).to_feather(path)


def _json(rows: list[dict[Any, Any]], form: str) -> str:
    names = list(rows[0])
    match form:
        case "wrapped":
            return json.dumps({"status": "ok", "rows": rows, "total": len(rows)})
        case "columns":
            return json.dumps({name: {str(row): each[name] for row, each in enumerate(rows)} for name in names})
        case "index":
            return json.dumps({str(row): each for row, each in enumerate(rows)})
        case "split":
            return json.dumps({"columns": names, "data": [list(row.values()) for row in rows]})
        case "lines":
            return "".join(json.dumps(row) + "\n" for row in rows)
        case "nested":
            return json.dumps({"response": {"page": 1, "items": rows}})
        case _:
            return json.dumps(rows)


def _formed(frame: pd.DataFrame, form: str, words: list[str]) -> pd.DataFrame:
    """The types in which databases and other programs write columns."""
    match form:
        case "nullable":
            return frame.convert_dtypes()
        case "categories":
            return frame.astype(dict.fromkeys(words, "category"))
        case "decimals":
            numbers = [name for name in frame if frame[name].dtype == np.float64]
            return frame.assign(**{str(name): frame[name].map(_decimal).astype(object) for name in numbers})
        case _:
            return frame


def _decimal(number: float) -> Decimal | None:
    return None if np.isnan(number) else Decimal(f"{number:.20f}")


def _lines(table: Table, style: Style) -> list[str]:
    names = [_field(name, style) for name in table]
    rows = [
        [_field(column.odd.get(row, text_of(column.values[row], column, style)), style) for column in table.values()]
        for row in range(len(next(iter(table.values())).values))
    ]
    if "index" in style.extras:
        names, rows = ["", *names], [[str(number), *row] for number, row in enumerate(rows)]
    elif "R" in style.extras:
        rows = [[f'"{number}"', *row] for number, row in enumerate(rows, start=1)]
    joint = style.delimiter + (" " if "blanks" in style.extras and style.delimiter != "\t" else "")
    end = style.delimiter if "end" in style.extras and "R" not in style.extras else ""
    lines = [joint.join(fields) + end for fields in (names, *rows)]
    if "end of names" in style.extras and not end and "R" not in style.extras:
        lines[0] += style.delimiter
    if "blank row" in style.extras:
        lines.insert(len(lines) // 3, style.delimiter * lines[1].count(style.delimiter) if len(names) > 1 else "")
    if "empty line" in style.extras:
        lines.insert(len(lines) // 2, "")
    if "preamble" in style.extras and "R" not in style.extras:
        lines = ["Exported 2026-01-31 from the laboratory", "", *lines]
    elif "comment" in style.extras and "R" not in style.extras:
        lines = ["# temperature logger", "# started at noon", *lines]
    if "sep=" in style.extras and not {"preamble", "comment"} & style.extras:
        lines = [f"sep={style.delimiter}", *lines]
    return lines


def _field(text: str, style: Style) -> str:
    if style.delimiter in text or '"' in text or "quoted" in style.extras:
        return '"' + text.replace('"', '""') + '"'
    return text


def _encoded(lines: list[str], style: Style) -> bytes:
    text = ("\r\n" if "crlf" in style.extras else "\n").join(lines) + "\n"
    if style.encoding != "utf-8":
        return text.encode(style.encoding)
    buffer = io.BytesIO()
    buffer.write(b"\xef\xbb\xbf" if "mark" in style.extras else b"")
    buffer.write(text.encode())
    return buffer.getvalue()
