"""How a column is read: fixed when a model learns, saved with it, applied to every table it meets later."""

import dataclasses
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.data.readings.cells import Cells
from looplab.files import converted

__all__ = ["MARKERS", "ReadColumn", "Reading"]

MARKERS = (
    "na", "n/a", "n.a.", "nan", "<na>", "null", "none", "nil", "-", "--", ".", "?",
    "#n/a", "#na", "#value!", "#div/0!", "#ref!", "#num!", "#name?", "#null!", "#nv", "#wert!", "#bezug!", "#zahl!",
    "nat", "<null>", "(null)", "\\n", "—", "–",
)  # fmt: skip
"""Words, in lower case, that mean a missing value in a column of numbers, dates, times or booleans.

In a column of categories each stands for itself: a class that is called "None" is a class.
"""


@dataclass(frozen=True, kw_only=True, eq=False)
class ReadColumn:
    """A column after it was read. Masks have one place for each row.

    Attributes:
        values: float64 with NaN, or text with None, for what is missing, infinite or was not read.
        missing: which values were missing: blank, or a word that says so.
        marked: which of them were such words.
        unread: which values were present but could not be read.
        infinite: which values were infinite.
        raw: the column as it was.
    """

    values: pd.Series
    missing: NDArray[np.bool_]
    marked: NDArray[np.bool_]
    unread: NDArray[np.bool_]
    infinite: NDArray[np.bool_]
    raw: pd.Series

    def rows(self, kept: NDArray[np.bool_]) -> "ReadColumn":
        """The column with only some of its rows."""
        return ReadColumn(
            values=self.values[kept],
            missing=self.missing[kept],
            marked=self.marked[kept],
            unread=self.unread[kept],
            infinite=self.infinite[kept],
            raw=self.raw[kept],
        )

    @property
    def known(self) -> int:
        """How many values were present."""
        return int((~self.missing).sum())

    def first(self, where: NDArray[np.bool_]) -> tuple[int, str]:
        """The first row, counted from 1 as in the whole table, at which a mask holds, and the value there."""
        row = int(np.argmax(where))
        return int(self.raw.index[row]) + 1, str(self.raw.iloc[row]).strip()


@dataclass(frozen=True, kw_only=True)
class Reading(ABC):
    """How one column is read. Frozen, compared by its fields, converts to JSON and back.

    Args:
        missing: words, in lower case, that mean "missing".
    """

    kind: ClassVar[str]
    nothing: ClassVar[float | None] = np.nan  # stands for a value that is missing
    missing: tuple[str, ...] = ()

    @property
    @abstractmethod
    def words(self) -> str:
        """What the values are, for messages: "numbers with a decimal comma"."""

    @abstractmethod
    def value(self, cell: object) -> float | str | None:
        """One value, or None if it cannot be read."""

    def others(self) -> tuple["Reading", ...]:
        """Readings this one could be mistaken for; they reveal a table with another convention."""
        return ()

    def read(self, column: pd.Series) -> ReadColumn:
        """The column's values; each different one is read once."""
        numbers = self.typed(column)
        if numbers is not None:
            nothing = np.zeros(len(column), dtype=bool)
            return self._column(column, numbers, np.isnan(numbers), nothing, nothing)
        cells = Cells.of(column)
        marked = np.array([self.is_marked(cell) for cell in cells.different], dtype=bool)
        values = self.values(cells.different)
        unread = np.array([value is None for value in values], dtype=bool) & ~marked
        spread = {"marked": cells.spread(marked, False), "unread": cells.spread(unread, False)}
        missing = (cells.codes < 0) | spread["marked"]
        return self._column(column, cells.spread(self.packed(values, marked), self.nothing), missing, **spread)

    def _column(
        self,
        column: pd.Series,
        values: NDArray[Any],
        missing: NDArray[np.bool_],
        marked: NDArray[np.bool_],
        unread: NDArray[np.bool_],
    ) -> ReadColumn:
        infinite = np.isinf(values) if values.dtype == np.float64 else np.zeros(len(column), dtype=bool)
        if infinite.any():
            values = np.where(infinite, np.nan, values)
        return ReadColumn(
            values=pd.Series(values, index=column.index, name=column.name, dtype=values.dtype),
            missing=missing,
            marked=marked,
            unread=unread,
            infinite=infinite,
            raw=column,
        )

    def typed(self, column: pd.Series) -> NDArray[np.float64] | None:
        """The values of a column of this kind's own type, all at once, NaN where missing; None for other columns."""
        del column
        return None

    def values(self, cells: list[Any]) -> list[float | str | None]:
        """The readings of different values, one by one unless a kind is quicker."""
        return [self.value(cell) for cell in cells]

    def packed(self, values: list[float | str | None], marked: NDArray[np.bool_]) -> NDArray[Any]:
        """The readings as an array: numbers, unless a kind has text."""
        numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        return np.where(marked, np.nan, numbers)

    def is_marked(self, cell: object) -> bool:
        """Whether a value is a word that means "missing"."""
        return isinstance(cell, str) and cell.lower() in self._missing_words

    @cached_property
    def _missing_words(self) -> frozenset[str]:
        return frozenset(self.missing)

    def to_json(self) -> dict[str, Any]:
        """The kind and the fields as plain values."""
        return {"kind": self.kind} | dataclasses.asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Self:
        """Restore from what `to_json` gave, without the kind.

        Raises:
            ValueError: fields that it does not have, or of other types.
        """
        unknown = data.keys() - {field.name for field in dataclasses.fields(cls)}
        if unknown:
            raise ValueError(f"unknown fields {sorted(unknown)}")
        return converted(data, cls)
