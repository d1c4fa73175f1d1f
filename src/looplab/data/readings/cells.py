"""A column's different values: decisions and readings are made once for each of them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

__all__ = ["Cells"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cells:
    """Different values, in order of appearance, and where each stands. Text has no blanks around it.

    Attributes:
        codes: N positions in `different`; -1 where a value is missing or blank.
        different: the values. True, 1 and 1.0 are different, and so are 1 and "1".
        counts: how often each occurs.
    """

    codes: NDArray[np.int64]
    different: list[Any]
    counts: NDArray[np.int64]

    @classmethod
    def of(cls, column: pd.Series) -> "Cells":
        """The cells of a column of any type."""
        if isinstance(column.dtype, pd.CategoricalDtype):
            return cls._stripped(*_of_categories(column))
        if types.is_object_dtype(column.dtype):
            codes, different = _by_type(column)
        else:
            found, unique = pd.factorize(column)
            codes, different = found.astype(np.int64), unique.tolist() if hasattr(unique, "tolist") else list(unique)
        return cls._stripped(codes, different)

    @classmethod
    def _stripped(cls, codes: NDArray[np.int64], different: list[Any]) -> "Cells":
        """The same cells without blanks around text; blank ones are missing."""
        if any(isinstance(cell, str) and (cell != cell.strip() or not cell) for cell in different):
            position: dict[tuple[type, Any], int] = {}
            moved = np.empty(len(different) + 1, dtype=np.int64)
            moved[-1] = -1
            for old, cell in enumerate(different):
                bare = cell.strip() if isinstance(cell, str) else cell
                moved[old] = -1 if bare == "" else position.setdefault((type(bare), bare), len(position))
            codes, different = moved[codes], [cell for _, cell in position]
        counts = np.bincount(codes[codes >= 0], minlength=len(different)).astype(np.int64)
        return cls(codes=codes, different=different, counts=counts)

    def spread(self, values: NDArray[Any], missing: object) -> NDArray[Any]:
        """One value for each row from one for each different cell."""
        extended = np.append(values, np.array([missing], dtype=values.dtype))
        return extended[self.codes]


def _of_categories(column: pd.Series) -> tuple[NDArray[np.int64], list[Any]]:
    """Those categories that occur, in order of appearance."""
    codes = column.cat.codes.to_numpy(np.int64)
    used = pd.unique(codes[codes >= 0])
    places = np.full(len(column.cat.categories) + 1, -1, dtype=np.int64)
    places[used] = np.arange(len(used))
    categories = column.cat.categories.tolist()
    return places[codes], [categories[place] for place in used]


def _by_type(column: pd.Series) -> tuple[NDArray[np.int64], list[Any]]:
    position: dict[tuple[type, Any], int] = {}
    codes = np.full(len(column), -1, dtype=np.int64)
    missing = pd.isna(column).to_numpy()
    for row, cell in enumerate(column.to_numpy()):
        if not missing[row]:
            codes[row] = position.setdefault((type(cell), cell), len(position))
    return codes, [cell for _, cell in position]
