"""Categories: each different word is one."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from looplab.data.readings.reading import Reading

__all__ = ["CategoryReading", "label"]


@dataclass(frozen=True, kw_only=True)
class CategoryReading(Reading):
    """Words as they stand, without blanks around them.

    Args:
        numbered: the categories are numbers; then 1, 1.0 and "1.0" name the same one.
        declared: the table itself declares them categories.
    """

    kind: ClassVar[str] = "category"
    nothing: ClassVar[float | None] = None
    numbered: bool = False
    declared: bool = False

    @property
    def words(self) -> str:
        """For messages."""
        return "categories"

    def value(self, cell: object) -> str:
        """The category's name."""
        if self.numbered and isinstance(cell, str):
            try:
                return label(float(cell))
            except ValueError:
                return cell
        return label(cell)

    def packed(self, values: list[float | str | None], marked: NDArray[np.bool_]) -> NDArray[Any]:
        """Text, with None for a word that means "missing"."""
        names = np.empty(len(values), dtype=object)
        names[:] = [None if mark else value for value, mark in zip(values, marked, strict=True)]
        return names


def label(value: object) -> str:
    """A value's name: a whole number has no decimal point, whatever its type."""
    if isinstance(value, float | np.floating | Decimal) and np.isfinite(float(value)) and float(value) == int(value):
        return str(int(value))
    return str(value)
