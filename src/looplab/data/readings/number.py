"""Numbers: decimal and thousands signs, per cent, currencies and units, as written in text or typed."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property, lru_cache
from typing import Annotated, Any, ClassVar, NamedTuple

import numpy as np
import pandas as pd
from msgspec import Meta
from numpy.typing import NDArray
from pandas.api import types

from looplab.data.readings.reading import Reading

__all__ = ["CONVENTIONS", "NumberReading", "Written", "body_pattern", "written"]

CONVENTIONS: tuple[tuple[str, str], ...] = (
    (".", ""),
    (",", ""),
    (".", ","),
    (",", "."),
    (".", " "),
    (",", " "),
    (".", "'"),
    (",", "'"),
)
"""Pairs of decimal and thousands sign in which numbers are written."""

_CURRENCIES = (
    "US$", "A$", "C$", "R$", "EUR", "USD", "GBP", "CHF", "JPY", "CNY", "CAD", "AUD", "NZD", "INR", "SEK", "NOK", "DKK",
    "PLN", "CZK", "HUF", "BRL", "MXN", "ZAR", "KRW", "RUB", "kr", "Rs",
)  # fmt: skip  # longer ones first
_PREFIX = rf"(?:{'|'.join(map(re.escape, _CURRENCIES))}|[$¢£¥₩₪₫€₱₹₺₽])"
_UNIT = r"[A-Za-zµΩ°%‰€£¥$][A-Za-zµΩ°%‰²³/·^*._-]{0,11}[23]?(?: ?/ ?[A-Za-z²³]{1,6})?"
_SHAPE = re.compile(
    rf"(?P<open>\()?(?P<sign>[+-])? ?(?P<prefix>{_PREFIX})? ?(?P<sign2>[+-])?"
    rf"(?P<body>\d[\d.,' ]*\d|\d|\d[.,]|[.,]\d+)(?P<exponent>[eE][+-]?\d+)? ?(?P<suffix>{_UNIT})?(?P<close>\))?",
    re.ASCII,
)
_ALIKE = str.maketrans({"−": "-", "–": "-", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "’": "'", "μ": "µ"})
_INFINITE = {f"{sign}{word}": float(f"{sign}inf") for sign in ("", "+", "-") for word in ("inf", "infinity")}
_PARTS = ("%", "‰")
_GROUPED = re.compile(r"\d{1,3}([.,])\d{3}(?:\1\d{3})*", re.ASCII)
_PLAIN = re.compile(r"-?\d+(\.\d*)?", re.ASCII)
_KEPT = 4096  # numbers taken apart: those of a column's sample are asked for more than once
_THOUSANDS = {",": "commas", ".": "points", " ": "blanks", "'": "apostrophes"}


class Written(NamedTuple):
    """A number in text, taken apart: body "1,234.5", exponent "e3", what stands before and after it."""

    negative: bool
    prefix: str
    body: str
    exponent: str
    suffix: str


@lru_cache(maxsize=_KEPT)
def written(text: str) -> Written | None:
    """The parts of a number in text; None if it is not a number under any meaning of the signs."""
    match = _SHAPE.fullmatch(text.translate(_ALIKE))
    if match is None:
        return None
    parts = match.groupdict(default="")
    if bool(parts["open"]) != bool(parts["close"]) or (parts["sign"] and parts["sign2"]):
        return None
    negative = bool(parts["open"]) or "-" in parts["sign"] + parts["sign2"]
    return Written(negative, parts["prefix"], parts["body"], parts["exponent"], parts["suffix"])


def body_pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    """What a number's body looks like in a convention; with commas between thousands, also India's groups of two.

    No number in groups begins with 0: "030 123 456" is a telephone, and in "0,125" the comma is decimal.
    """
    grouped = rf"[1-9]\d{{0,2}}(?:{re.escape(thousands)}\d{{3}})+|" if thousands else ""
    if thousands == ",":
        grouped += r"[1-9]\d?(?:,\d{2})+,\d{3}|"
    point = re.escape(decimal)
    return re.compile(rf"(?:{grouped}\d+)(?:{point}\d*)?|{point}\d+", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class NumberReading(Reading):
    """Numbers as float64.

    Args:
        decimal: the decimal sign in text.
        thousands: the sign between thousands in text; "" for none.
        prefix: what precedes each number in text, such as "€".
        suffix: what follows it, such as "%" or "kg".
        whole: whether all numbers were whole. Then "1.234" is not taken for a fraction: it may be a thousand and more.
    """

    kind: ClassVar[str] = "number"
    decimal: Annotated[str, Meta(pattern=r"^[.,]\Z")] = "."
    thousands: Annotated[str, Meta(pattern=r"^[,. ']?\Z")] = ""
    prefix: str = ""
    suffix: str = ""
    whole: bool = False

    @property
    def words(self) -> str:
        """For instance "numbers with a decimal comma and '%'"."""
        signs = ["a decimal comma"] if self.decimal == "," else []
        if self.thousands:
            signs.append(f"{_THOUSANDS[self.thousands]} between thousands")
        signs += [f"'{affix}'" for affix in (self.prefix, self.suffix) if affix]
        return f"numbers with {' and '.join(signs)}" if signs else "numbers"

    def value(self, cell: object) -> float | None:
        """The number; text must be written as in training."""
        if isinstance(cell, str):
            return self._of_text(cell)
        if self.suffix in _PARTS:  # in typed tables, 12 % may be 12 or 0.12
            return None
        if isinstance(cell, int | float | Decimal | np.number | np.bool_):
            try:
                number = float(cell)
            except OverflowError:  # a whole number beyond 1.8e308
                return np.inf
            return None if np.isnan(number) else number
        return None

    def typed(self, column: pd.Series) -> NDArray[np.float64] | None:
        """Columns of numbers or booleans."""
        if self.suffix in _PARTS:
            return None
        if types.is_numeric_dtype(column.dtype) or types.is_bool_dtype(column.dtype):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
            return np.where(np.isin(numbers, list(self._stand_ins)), np.nan, numbers) if self._stand_ins else numbers
        return None

    def is_marked(self, cell: object) -> bool:
        """Whether a value is a word, or one of the numbers, that means "missing"."""
        return super().is_marked(cell) or (bool(self._stand_ins) and self.value(cell) in self._stand_ins)

    def values(self, cells: list[Any]) -> list[float | str | None]:
        """Plainly written numbers all at once, the others one by one."""
        plain = (self.decimal, self.prefix, self.suffix) == (".", "", "")
        if not plain or not all(isinstance(cell, str) for cell in cells):
            return super().values(cells)
        numbers = pd.to_numeric(pd.Series(cells, dtype="str"), errors="coerce").to_numpy(dtype=np.float64)
        pairs = zip(cells, numbers.tolist(), strict=True)
        doubtful = "." if self.whole else "\0"
        return [self.value(cell) if number != number or doubtful in cell else number for cell, number in pairs]

    def others(self) -> tuple[Reading, ...]:
        """The same numbers with the other decimal sign."""
        other = "," if self.decimal == "." else "."
        return tuple(replace(self, decimal=other, thousands=sign) for sign in ("", self.decimal))

    def _of_text(self, text: str) -> float | None:
        if text.lower() in _INFINITE:
            return _INFINITE[text.lower()]
        parts = written(text)
        if parts is None or (parts.prefix, parts.suffix) != (self.prefix, self.suffix):
            return None
        if not self._body.fullmatch(parts.body) or (self.whole and self._may_be_grouped(parts.body)):
            return None
        plain = parts.body.replace(self.thousands, "") if self.thousands else parts.body
        number = float(plain.replace(self.decimal, ".") + parts.exponent)
        return -number if parts.negative else number

    def _may_be_grouped(self, body: str) -> bool:
        match = _GROUPED.fullmatch(body)
        return match is not None and match[1] == self.decimal

    @cached_property
    def _stand_ins(self) -> frozenset[float]:
        """The numbers among the words for "missing", such as -999."""
        return frozenset(float(word) for word in self.missing if _PLAIN.fullmatch(word))

    @cached_property
    def _body(self) -> re.Pattern[str]:
        return body_pattern(self.decimal, self.thousands)
