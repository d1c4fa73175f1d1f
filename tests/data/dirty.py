"""Tables as people have them, drawn at random, with their truth: what each value means, whatever it is written like."""

import bz2
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

Truth = float | str | None
WORDS = ("red", "green", "blue", "None", "NA", "light grey", "Müller & Co", "a, b", "[/x]", "-")
MARKERS = ("NA", "n/a", "NaN", "null", "-", "?")


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one table is written: numbers, dates, booleans, the file."""

    decimal: str
    thousands: str
    date: str
    booleans: tuple[str, str]
    ending: str
    delimiter: str = ","
    extras: frozenset[str] = frozenset()

    @property
    def is_typed(self) -> bool:
        """Whether the file keeps numbers, dates and booleans as such, so that most of the style does not concern it."""
        return self.ending in TYPED

    @property
    def example(self) -> str:
        """A number as it is written."""
        return number_text(1234.5, self)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column's truth: numbers (dates as days, booleans as 0 and 1), words, None for what is missing or is no value.

    Attributes:
        kind: what it is.
        values: the truth, row by row.
        odd: text that stands where the truth is None, by row: stray words and words for "missing".
        affix: what stands before and after each number.
    """

    kind: str
    values: list[Truth]
    odd: dict[int, str] = field(default_factory=dict)
    affix: tuple[str, str] = ("", "")


Table = dict[str, Column]
Drawn = Callable[[np.random.Generator, int], list[Truth]]


def _days(random: np.random.Generator, rows: int) -> list[Truth]:
    return [float(day) for day in random.integers(15_000, 21_000, rows)]


def _moments(random: np.random.Generator, rows: int) -> list[Truth]:
    """Days with minutes."""
    return [int(minute) / 1440 for minute in random.integers(15_000 * 1440, 21_000 * 1440, rows)]


def _months(random: np.random.Generator, rows: int) -> list[Truth]:
    """The first days of months."""
    months = np.datetime64("2015-01", "M") + random.integers(0, 120, rows)
    return [float(day) for day in months.astype("M8[D]").astype(int)]


def _early(random: np.random.Generator, rows: int) -> list[Truth]:
    """Days of which each may be a month: only who wrote them knows their order."""
    days = random.integers(0, 12, rows)
    return [float(str(month)) + int(day) for month, day in zip(_months(random, rows), days, strict=True)]


def _among(*words: str) -> Drawn:
    """Words that look like numbers or dates without being any, or that stand for one of few things."""
    return lambda random, rows: [str(word) for word in random.choice(words, rows)]


KINDS: dict[str, Drawn] = {
    "fraction": lambda random, rows: [round(float(value), 2) for value in random.normal(0, 40, rows)],
    "large": lambda random, rows: [round(float(value), 2) for value in random.normal(0, 40_000, rows)],
    "whole": lambda random, rows: [float(value) for value in random.integers(0, 60_000, rows)],
    "small whole": lambda random, rows: [float(value) for value in random.integers(0, 9, rows)],
    "tiny": lambda random, rows: [float(f"{value:.3g}") for value in 1e-9 * random.normal(size=rows)],
    "per cent": lambda random, rows: [round(float(value), 1) for value in random.uniform(0, 99, rows)],
    "money": lambda random, rows: [round(float(value), 2) for value in random.uniform(0, 9_000, rows)],
    "weight": lambda random, rows: [round(float(value), 1) for value in random.uniform(1, 90, rows)],
    "date": _days,
    "moment": _moments,
    "month": _months,
    "early": _early,
    "exponent": lambda random, rows: [float(f"{value:.3g}") for value in 10.0 ** random.uniform(-8, 12, rows)],
    "boolean": lambda random, rows: [float(value) for value in random.integers(0, 2, rows)],
    "words": lambda random, rows: [str(word) for word in random.choice(WORDS[: random.integers(2, len(WORDS))], rows)],
    "codes": lambda random, rows: [f"{code:05d}" for code in random.choice([12, 345, 2139, 70_001], rows)],
    "clock": lambda random, rows: [float(value) / 60 for value in random.integers(0, 24 * 60, rows)],
    "answers": _among("yes", "no", "don't know"),
    "versions": _among("1.2.3", "1.10.0", "2.0.1", "2.11.4"),
    "ranges": _among("0-9", "10-19", "20-29", "30+"),
    "marks": _among("1/5", "2/5", "4/5", "5/5"),
    "phones": _among("030 123 456", "089 321 654", "040 111 222"),
    "account": _among("4000123412341234", "4000123412341235", "4000987612341234"),
    "towns": lambda random, rows: [f"town {town}" for town in random.integers(0, max(rows // 4, 2), rows)],
}
_AFFIXES = {
    "per cent": [("", "%"), ("", " %")],
    "money": [("$", ""), ("€ ", ""), ("", " EUR")],
    "weight": [("", " kg")],
}
_WORDS = ("words", "answers", "phones")  # of those with gaps: in them a word stands for itself
_DAYS = ("date", "moment", "month", "early")
_WITH_GAPS = (
    "moment",
    "exponent",
    "answers",
    "phones",
    "fraction",
    "large",
    "whole",
    "per cent",
    "money",
    "date",
    "boolean",
    "clock",
    "words",
    "weight",
)


def draw_table(random: np.random.Generator, rows: int, kinds: dict[str, str] | None = None) -> Table:
    """Columns of random kinds, some of their values missing; with `kinds`, by name, fresh rows of the same kinds."""
    if kinds is None:
        chosen = random.choice(list(KINDS), random.integers(2, 6))
        kinds = {f"{_name(random)} {position}": str(kind) for position, kind in enumerate(chosen)}
    table = {name: _column(random, rows, kind) for name, kind in kinds.items()}
    first = next(iter(table.values()))
    for row in range(rows):
        if all(column.values[row] is None for column in table.values()):
            first.odd.pop(row, None)
            first.values[row] = KINDS[first.kind](random, 1)[0]  # a row of nothing is an empty line, which is no row
    return table


def _name(random: np.random.Generator) -> str:
    return str(random.choice(["x", "size [mm]", "rate [/s]", "Größe", "a b", "Länge, cm", "<b>", "d&c", "50 %"]))


def _column(random: np.random.Generator, rows: int, kind: str) -> Column:
    values = KINDS[kind](random, rows)
    affixes = _AFFIXES.get(kind, [("", "")])
    odd: dict[int, str] = {}
    if kind in _WITH_GAPS and random.random() < 0.5:
        for row in random.choice(rows, rows // 10, replace=False):
            values[row] = None
            if kind not in _WORDS and random.random() < 0.6:
                stray = random.random() < 0.3 and kind != "boolean"
                odd[int(row)] = "oops" if stray else str(random.choice(MARKERS))
    return Column(kind=kind, values=values, odd=odd, affix=affixes[random.integers(len(affixes))])


ISO_MINUTES = "%Y-%m-%dT%H:%M"
DATES = (
    "%Y-%m-%d", "%d.%m.%Y", "%m/%d/%Y", "%d/%m/%Y", "%Y/%m/%d", "%d-%b-%Y", "%Y%m%d", "%Y-%m-%dT%H:%M:%S", "%b %d, %Y",
)  # fmt: skip
BOOLEANS = (("True", "False"), ("TRUE", "FALSE"), ("T", "F"), ("true", "false"))
SIGNS = ((".", ""), (".", ","), (",", "."), (",", ""), (",", " "), (".", "'"), (",", "\u00a0"))
ENDINGS = (
    ".csv", ".csv", ".csv", ".csv", ".csv", ".tsv", ".txt", ".csv.gz", ".csv.zip", ".tsv.gz", ".txt.bz2", ".csv.xz",
    ".xlsx", ".json", ".jsonl", ".jsonl.gz", ".parquet", ".feather",
)  # fmt: skip
TYPED = (".xlsx", ".json", ".jsonl", ".jsonl.gz", ".parquet", ".feather")
EXTRAS = (
    "preamble", "comment", "mark", "utf-16", "cp1252", "index", "R", "end", "blanks", "empty line", "crlf",
    "quoted", "sep=", "brackets",
)  # fmt: skip
_INSTEAD = {"cp1252": {"utf-16", "mark"}, "utf-16": {"mark"}}  # of several encodings a file has one


def draw_style(random: np.random.Generator) -> Style:
    """A convention that goes together, and a few of the things that programs add to files."""
    decimal, thousands = SIGNS[random.integers(len(SIGNS))]
    ending = str(random.choice(ENDINGS))
    delimiters = [";", "\t", "|"] if decimal == "," else [",", ";", "\t", "|"]
    extras = {extra for extra in EXTRAS if random.random() < 0.12}
    for one, others in _INSTEAD.items():
        extras -= others if one in extras else set()
    return Style(
        decimal=decimal,
        thousands=thousands,
        date=str(random.choice(DATES)),
        booleans=BOOLEANS[random.integers(len(BOOLEANS))],
        ending=ending,
        delimiter="\t" if ending.startswith(".tsv") else str(random.choice(delimiters)),
        extras=frozenset(extras),
    )


def text_of(value: Truth, column: Column, style: Style) -> str:
    """A value as it is written."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if column.kind in _DAYS:
        return _moment(value).strftime(date_format(column, style))
    if column.kind == "boolean":
        return style.booleans[0 if value else 1]
    if column.kind == "clock":
        return f"{int(value)}:{round(value % 1 * 60):02d}"
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
        _write_typed(_typed(table, style), path)
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
        if column.kind in _DAYS:
            moments = [None if day is None else _moment(float(day)) for day in column.values]
            texts = style.ending.startswith(".json")
            values = [None if each is None else each.strftime(ISO_MINUTES) if texts else each for each in moments]
        elif column.kind == "boolean":
            values = [None if value is None else bool(value) for value in column.values]
        elif column.kind == "clock":
            values = [None if value is None else text_of(value, column, style) for value in column.values]
        elif column.kind in ("whole", "small whole") and None not in values:
            values = [int(float(str(value))) for value in values]
        columns[name] = pd.Series(values) if column.kind != "boolean" else pd.Series(values, dtype=object)
    return pd.DataFrame(columns)


def _write_typed(frame: pd.DataFrame, path: Path) -> None:
    rows = [
        {name: None if pd.isna(value) else value for name, value in row.items()} for row in frame.to_dict("records")
    ]
    match path.suffix:
        case ".xlsx":
            frame.to_excel(path, index=False)
        case ".json":
            path.write_text(json.dumps(rows))
        case ".jsonl" | ".gz":
            content = "".join(json.dumps(row) + "\n" for row in rows).encode()
            path.write_bytes(_PACKED.get(path.suffix, bytes)(content))
        case ".parquet":
            frame.to_parquet(path)
        case _:
            frame.to_feather(path)


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
    if "utf-16" in style.extras:
        return text.encode("utf-16")
    if "cp1252" in style.extras:
        return text.encode("cp1252")
    buffer = io.BytesIO()
    buffer.write(b"\xef\xbb\xbf" if "mark" in style.extras else b"")
    buffer.write(text.encode())
    return buffer.getvalue()
