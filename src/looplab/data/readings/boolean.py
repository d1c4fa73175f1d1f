"""True or false, as 1 or 0."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from looplab.data.readings.reading import Reading

__all__ = ["BooleanReading", "are_booleans"]

_PAIRS = ({"true", "false"}, {"t", "f"})  # those that pandas, R and databases write
_DIGITS = {"1", "0", "1.0", "0.0"}  # beside them, what rows of another program have

_WORDS = {"true": 1.0, "t": 1.0, "1": 1.0, "1.0": 1.0, "false": 0.0, "f": 0.0, "0": 0.0, "0.0": 0.0}


def are_booleans(words: set[str]) -> bool:
    """Whether words, in lower case, make a column one of booleans: "true" or "false", perhaps with 1 and 0 beside."""
    return any(words & pair and words <= pair | _DIGITS for pair in _PAIRS)


@dataclass(frozen=True, kw_only=True)
class BooleanReading(Reading):
    """True and false, T and F, or 1 and 0, in text or typed: each table may have its own."""

    kind: ClassVar[str] = "boolean"

    @property
    def words(self) -> str:
        """For messages."""
        return "true or false"

    def value(self, cell: object) -> float | None:
        """1 or 0."""
        if isinstance(cell, str):
            return _WORDS.get(cell.lower())
        if isinstance(cell, bool | np.bool_):
            return float(cell)
        if isinstance(cell, int | float | np.number):
            return float(cell) if cell in (0, 1) else None
        return None
