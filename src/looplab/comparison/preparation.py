"""Preprocessing that is learnt from training rows alone: medians, means, categories."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.errors import CompareError

__all__ = ["Preparation", "TargetScale"]

MISSING = "missing"


@dataclass(frozen=True)
class NumberColumn:
    """A number column: missing values become the median, then mean 0 and standard deviation 1."""

    name: str
    median: float
    mean: float
    deviation: float


@dataclass(frozen=True)
class TextColumn:
    """A text column: one column of 0 and 1 for each category that the training rows have."""

    name: str
    categories: tuple[str, ...]


@dataclass(frozen=True)
class Preparation:
    """From a table's columns to a float32 matrix, with what was learnt from the training rows.

    Attributes:
        numbers: what was learnt of number columns.
        texts: what was learnt of text columns.
    """

    numbers: tuple[NumberColumn, ...]
    texts: tuple[TextColumn, ...]

    @classmethod
    def learn(cls, columns: pd.DataFrame) -> "Preparation":
        """Learn from training rows; a column that is constant among them is left out."""
        numbers, texts = [], []
        for name, column in columns.items():
            if column.dtype == np.float64:
                median = float(column.median()) if column.notna().any() else 0.0
                values = column.fillna(median).to_numpy()
                deviation = float(values.std())
                if deviation > 0:
                    numbers.append(NumberColumn(str(name), median, float(values.mean()), deviation))
            else:
                categories = sorted(column.fillna(MISSING).unique())
                if len(categories) > 1:
                    texts.append(TextColumn(str(name), tuple(str(each) for each in categories)))
        return cls(tuple(numbers), tuple(texts))

    @property
    def features(self) -> int:
        """Number of columns of the matrix, D; at least 1."""
        return max(1, len(self.numbers) + sum(len(text.categories) for text in self.texts))

    def apply(self, columns: pd.DataFrame) -> NDArray[np.float32]:
        """The matrix N×D of a table's rows; a category that was not among the training rows becomes zeros.

        Raises:
            CompareError: a column is missing, or holds text where numbers were learnt.
        """
        parts: list[NDArray[Any]] = [self._number(columns, number) for number in self.numbers]
        for text in self.texts:
            values = _text_values(columns, text.name)
            parts += [(values == category).to_numpy() for category in text.categories]
        if not parts:
            return np.zeros((len(columns), 1), dtype=np.float32)
        return np.column_stack(parts).astype(np.float32)

    def unseen(self, columns: pd.DataFrame) -> dict[str, int]:
        """How many values of each text column are categories that the training rows did not have."""
        counts = {t.name: int((~_text_values(columns, t.name).isin(t.categories)).sum()) for t in self.texts}
        return {name: number for name, number in counts.items() if number}

    def _number(self, columns: pd.DataFrame, number: NumberColumn) -> NDArray[np.float64]:
        column = _column(columns, number.name)
        values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
        stray = np.isnan(values) & column.notna().to_numpy()
        if stray.all() and len(stray):
            raise CompareError(f"column '{number.name}'", expected="numbers", got=f"text such as '{column.iloc[0]}'")
        values = np.where(np.isfinite(values), values, number.median)
        return (values - number.mean) / number.deviation

    def to_json(self) -> dict[str, Any]:
        """What was learnt, as plain lists and numbers."""
        return {
            "numbers": [[n.name, n.median, n.mean, n.deviation] for n in self.numbers],
            "texts": [[t.name, list(t.categories)] for t in self.texts],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Preparation":
        """What `to_json` gave."""
        return cls(
            tuple(NumberColumn(str(name), *(float(value) for value in values)) for name, *values in data["numbers"]),
            tuple(TextColumn(str(name), tuple(categories)) for name, categories in data["texts"]),
        )


@dataclass(frozen=True)
class TargetScale:
    """A regression's targets with mean 0 and standard deviation 1 among the training rows."""

    mean: float
    deviation: float

    @classmethod
    def learn(cls, targets: NDArray[np.float64]) -> "TargetScale":
        """From the targets of training rows."""
        deviation = float(targets.std())
        return cls(float(targets.mean()), deviation if deviation > 0 else 1.0)

    def apply(self, targets: NDArray[np.float64]) -> NDArray[np.float32]:
        """Scaled targets."""
        return ((targets - self.mean) / self.deviation).astype(np.float32)

    def undo(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Outputs in the target's own unit."""
        return np.asarray(outputs, dtype=np.float64) * self.deviation + self.mean


def _text_values(columns: pd.DataFrame, name: str) -> pd.Series:
    column = _column(columns, name)
    return column.astype(object).where(column.notna(), MISSING).map(str)


def _column(columns: pd.DataFrame, name: str) -> pd.Series:
    if name not in columns.columns:
        raise CompareError(
            f"column '{name}'",
            expected="to be in the table, as it was in training",
            got=", ".join(str(column) for column in columns.columns[:8]),
            fix="Add it, or rename the column that holds it.",
        )
    return columns[name]
