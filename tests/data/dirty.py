"""Tables as people have them, drawn at random, with their truth: what each value means, whatever it is written like."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

Truth = float | str | None
WORDS = ("red", "green", "blue", "None", "NA", "light grey", "Müller & Co", "a, b", "[/x]", "-")
MARKERS = ("NA", "n/a", "NaN", "null", "-", "?")


@dataclass(frozen=True, kw_only=True)
class Style:
    """How one table is written: numbers, dates, booleans, the file, and its form if it is JSON or Arrow's."""

    decimal: str
    thousands: str
    date: str
    booleans: tuple[str, str]
    ending: str
    delimiter: str = ","
    extras: frozenset[str] = frozenset()
    form: str = "plain"

    @property
    def encoding(self) -> str:
        """That of the file, if it is text."""
        return next((each for each in ENCODINGS if each in self.extras), "utf-8")

    @property
    def is_typed(self) -> bool:
        """Whether the file keeps numbers, dates and booleans as such, so that most of the style does not concern it."""
        return self.ending in TYPED


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
    "race": lambda random, rows: [int(seconds) / 3600 for seconds in random.integers(0, 4 * 3600, rows)],
    "duration": lambda random, rows: [int(seconds) / 86400 for seconds in random.integers(0, 9 * 86400, rows)],
    "units": _among("5 kg", "600 g", "7 kg", "80 g"),
    "currencies": _among("$12", "€13", "USD 14"),
    "quarters": _among("2024Q1", "2024Q2", "2023Q4"),
    "towns": lambda random, rows: [f"town {town}" for town in random.integers(0, max(rows // 4, 2), rows)],
}
_AFFIXES = {
    "per cent": [("", "%"), ("", " %")],
    "money": [("$", ""), ("€ ", ""), ("", " EUR")],
    "weight": [("", " kg")],
}
_WORDS = ("words", "answers", "phones")  # of those with gaps: in them a word stands for itself
DAYS = ("date", "moment", "month", "early")
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
    "race",
    "duration",
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
    "%d %B %Y", "%d.%m.%y",
)  # fmt: skip
BOOLEANS = (("True", "False"), ("TRUE", "FALSE"), ("T", "F"), ("true", "false"))
SIGNS = ((".", ""), (".", ","), (",", "."), (",", ""), (",", " "), (".", "'"), (",", "\u00a0"))
ENDINGS = (
    ".csv", ".csv", ".csv", ".csv", ".csv", ".tsv", ".txt", ".csv.gz", ".csv.zip", ".tsv.gz", ".txt.bz2", ".csv.xz",
    ".tab", ".dat", ".zip", ".xlsx", ".json", ".jsonl", ".jsonl.gz", ".parquet", ".feather", ".arrow",
)  # fmt: skip
TYPED = (".xlsx", ".json", ".jsonl", ".jsonl.gz", ".parquet", ".feather", ".arrow")
FORMS = {
    ".json": ("plain", "wrapped", "columns", "index", "split", "lines", "nested"),
    ".parquet": ("plain", "nullable", "categories", "decimals"),
    ".feather": ("plain", "nullable", "categories", "decimals"),
}
EXTRAS = (
    "preamble", "comment", "mark", "utf-16", "cp1252", "index", "R", "end", "blanks", "empty line", "crlf",
    "quoted", "sep=", "brackets", "utf-16-le", "cp1250", "mac_roman", "blank row", "end of names",
)  # fmt: skip
ENCODINGS = ("cp1252", "cp1250", "mac_roman", "utf-16", "utf-16-le")  # of several a file has the first


def draw_style(random: np.random.Generator) -> Style:
    """A convention that goes together, and a few of the things that programs add to files."""
    decimal, thousands = SIGNS[random.integers(len(SIGNS))]
    ending = str(random.choice(ENDINGS))
    delimiters = [";", "\t", "|"] if decimal == "," else [",", ";", "\t", "|"]
    extras = {extra for extra in EXTRAS if random.random() < 0.12}
    told = [each for each in ENCODINGS if each in extras]
    extras -= {*told[1:], "mark"} if told else set()
    forms = FORMS.get(ending, ("plain",))
    return Style(
        decimal=decimal,
        thousands=thousands,
        date=str(random.choice(DATES)),
        booleans=BOOLEANS[random.integers(len(BOOLEANS))],
        ending=ending,
        delimiter="\t" if ending.startswith((".tsv", ".tab")) else str(random.choice(delimiters)),
        extras=frozenset(extras),
        form=str(forms[random.integers(len(forms))]),
    )
