"""Preprocessing that is learnt from training rows alone: medians, means, categories."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import Annotated, Any

import numpy as np
import pandas as pd
from msgspec import Meta, Struct
from numpy.typing import NDArray

from looplab.comparison.encodings import MISSING, EncodedColumn, encode
from looplab.comparison.free_text import WordsColumn, free_text, learn_words
from looplab.data.columns import MOST_CATEGORIES
from looplab.data.words import few, printable
from looplab.errors import CompareError
from looplab.files import converted

__all__ = ["Preparation", "TargetScale", "many_categories"]

Above0 = Annotated[float, Meta(gt=0)]
Categories = Annotated[tuple[str, ...], Meta(min_length=1)]
Scaled = Annotated[float, Meta(ge=-1e15, le=1e15)]

_LARGE, _SMALL = 1e100, 1e-100  # beyond these, squares may exceed the range of float64
_MOST = 1e15  # deviations from the mean that a network can still add up in float32


@dataclass(frozen=True)
class NumberColumn:
    """A number column: missing values become the median, then mean 0 and standard deviation 1.

    Mean and deviation are those of the values divided by `size`, which is 1 unless values are huge or tiny.
    """

    name: str
    median: float
    size: float
    mean: float
    deviation: float

    @classmethod
    def learn(cls, name: str, column: pd.Series) -> "NumberColumn | None":
        """Learn from the values of training rows; None if they are all the same."""
        values = column.to_numpy(dtype=np.float64)
        known = values[~np.isnan(values)]
        if len(known) == 0:
            return None
        largest = float(np.abs(known).max())
        size = largest if largest > _LARGE or 0 < largest < _SMALL else 1.0
        median = float(np.median(known / size)) * size
        filled = np.where(np.isnan(values), median, values) / size
        if filled.max() == filled.min():
            return None
        return cls(name, median, size, float(filled.mean()), float(filled.std()))

    def apply(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Scaled values: missing ones become the median, those too far away the farthest allowed."""
        filled = np.where(np.isnan(values), self.median, values)
        with np.errstate(over="ignore"):
            return np.clip((filled / self.size - self.mean) / self.deviation, -_MOST, _MOST)

    def too_far(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which values are so far from all training rows that they are moved nearer."""
        return np.abs(self.apply(values)) >= _MOST


@dataclass(frozen=True)
class TextColumn:
    """A text column: one column of 0 and 1 for each category that the training rows have."""

    name: str
    categories: tuple[str, ...]


class _Learnt(Struct, frozen=True):
    """What a file holds of it: the schema that it is read by."""

    numbers: tuple[tuple[str, float, Above0, float, Above0], ...]
    texts: tuple[tuple[str, Categories], ...]
    encoded: tuple[tuple[str, Categories, tuple[tuple[Scaled, ...], ...], tuple[Scaled, ...]], ...]
    words: tuple[tuple[str, Categories, tuple[Above0, ...]], ...] = ()

    def __post_init__(self) -> None:
        for name, categories in (*self.texts, *(column[:2] for column in self.encoded)):
            if len(set(categories)) < len(categories):
                raise ValueError(f"a category of {name!r} that comes twice")
        for name, categories, values, otherwise in self.encoded:
            if len(values) != len(categories) or {len(row) for row in values} != {len(otherwise)}:
                raise ValueError(f"categories of {name!r} without their numbers")
        for name, words, weights in self.words:
            if len(set(words)) != len(weights) or len(words) != len(weights) or not all(map(isfinite, weights)):
                raise ValueError(f"words of {name!r} without their weights")


@dataclass(frozen=True)
class Preparation:
    """From a table's columns to a float32 matrix, with what was learnt from the training rows.

    Attributes:
        numbers: what was learnt about number columns.
        texts: what was learnt about text columns.
        encoded: what was learnt about text columns with many categories.
        words: what was learnt about columns of free text.
    """

    numbers: tuple[NumberColumn, ...]
    texts: tuple[TextColumn, ...]
    encoded: tuple[EncodedColumn, ...] = ()
    words: tuple[WordsColumn, ...] = ()

    @classmethod
    def learn(cls, columns: pd.DataFrame) -> "Preparation":
        """Learn from training rows; a column that is constant among them is left out."""
        numbers, texts = [], []
        for name, column in columns.items():
            if column.dtype == np.float64:
                number = NumberColumn.learn(str(name), column)
                numbers += [number] if number is not None else []
            else:
                categories = sorted(str(each) for each in column.fillna(MISSING).unique())
                texts += [TextColumn(str(name), tuple(categories))] if len(categories) > 1 else []
        return cls(tuple(numbers), tuple(texts))

    @classmethod
    def learn_with(
        cls,
        columns: pd.DataFrame,
        many: Sequence[str],
        targets: NDArray[Any],
        seed: int,
        wordy: Sequence[str] = (),
    ) -> "tuple[Preparation, NDArray[np.float32]]":
        """Learn from training rows and their targets; also returns their matrix, in which no row knows its own target.

        Args:
            columns: the training rows.
            many: the text columns with many categories.
            targets: see `encode`.
            seed: see `encode`.
            wordy: the columns of free text.
        """
        plain = cls.learn(columns.drop(columns=[*many, *wordy]))
        encoded, crossfitted = encode(columns, many, targets, seed)
        preparation = replace(plain, encoded=encoded, words=learn_words(columns, wordy))
        parts = [*plain.parts(columns), crossfitted, *preparation.of_words(columns)]
        return preparation, _matrix(parts, len(columns))

    @property
    def features(self) -> int:
        """Number of columns of the matrix, D; at least 1."""
        return max(1, sum(width for _, width in self._widths))

    @property
    def places(self) -> dict[str, slice]:
        """Where in the matrix each column of the table is."""
        ends = np.cumsum([width for _, width in self._widths])
        return {name: slice(int(end) - width, int(end)) for (name, width), end in zip(self._widths, ends, strict=True)}

    def only(self, name: str) -> "Preparation":
        """The preparation of this column alone."""
        return Preparation(
            tuple(each for each in self.numbers if each.name == name),
            tuple(each for each in self.texts if each.name == name),
            tuple(each for each in self.encoded if each.name == name),
            tuple(each for each in self.words if each.name == name),
        )

    @property
    def _widths(self) -> list[tuple[str, int]]:
        """How many columns of the matrix each column of the table takes, in their order."""
        texts = [(text.name, len(text.categories)) for text in self.texts]
        encoded = [(each.name, len(each.otherwise)) for each in self.encoded]
        words = [(each.name, len(each.words)) for each in self.words]
        return [*((number.name, 1) for number in self.numbers), *texts, *encoded, *words]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns a table must have."""
        return tuple(each.name for each in (*self.numbers, *self._categories, *self.words))

    @property
    def _categories(self) -> tuple[TextColumn | EncodedColumn, ...]:
        return (*self.texts, *self.encoded)

    def apply(self, columns: pd.DataFrame) -> NDArray[np.float32]:
        """The matrix N×D of a table's rows; a category that was not among the training rows becomes zeros.

        Raises:
            CompareError: a column is missing, or holds text where numbers were learnt.
        """
        encoded = [each.apply(_text_values(columns, each.name)) for each in self.encoded]
        return _matrix([*self.parts(columns), *encoded, *self.of_words(columns)], len(columns))

    def parts(self, columns: pd.DataFrame) -> list[NDArray[Any]]:
        """The columns of the matrix that do not depend on targets, one by one."""
        parts: list[NDArray[Any]] = [_number(columns, number) for number in self.numbers]
        for text in self.texts:
            values = _text_values(columns, text.name)
            parts += [(values == category).to_numpy() for category in text.categories]
        return parts

    def of_words(self, columns: pd.DataFrame) -> list[NDArray[np.float64]]:
        """The weights of words N×W of each column of free text."""
        return [each.apply(_column(columns, each.name)) for each in self.words]

    def unseen(self, columns: pd.DataFrame) -> dict[str, int]:
        """How many values of each text column are categories not among the training rows."""
        counts = {name: int(where.sum()) for name, where in self.where_unseen(columns).items()}
        return {name: number for name, number in counts.items() if number}

    def where_unseen(self, columns: pd.DataFrame) -> dict[str, NDArray[np.bool_]]:
        """Which values of each text column are such categories."""
        return {
            each.name: (~_text_values(columns, each.name).isin(each.categories)).to_numpy() for each in self._categories
        }

    def to_json(self) -> dict[str, Any]:
        """What was learnt, as plain lists and numbers."""
        return {
            "numbers": [[n.name, n.median, n.size, n.mean, n.deviation] for n in self.numbers],
            "texts": [[t.name, list(t.categories)] for t in self.texts],
            "encoded": [
                [e.name, list(e.categories), [list(values) for values in e.values], list(e.otherwise)]
                for e in self.encoded
            ],
            "words": [[w.name, list(w.words), list(w.weights)] for w in self.words],
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Preparation":
        """Restore from what `to_json` gave.

        Raises:
            ValueError: anything else, or numbers that cannot have been learned.
        """
        learnt = converted(data, _Learnt)
        return cls(
            tuple(NumberColumn(*number) for number in learnt.numbers),
            tuple(TextColumn(*text) for text in learnt.texts),
            tuple(EncodedColumn(*column) for column in learnt.encoded),
            tuple(WordsColumn(*column) for column in learnt.words),
        )


@dataclass(frozen=True)
class TargetScale:
    """Scales a regression's targets to mean 0 and standard deviation 1 among the training rows."""

    mean: float
    deviation: float

    @classmethod
    def learn(cls, targets: NDArray[np.float64]) -> "TargetScale":
        """Learn from the targets of training rows."""
        deviation = float(targets.std())
        return cls(float(targets.mean()), deviation if deviation > 0 else 1.0)

    def apply(self, targets: NDArray[np.float64]) -> NDArray[np.float32]:
        """Scaled targets."""
        return ((targets - self.mean) / self.deviation).astype(np.float32)

    def undo(self, outputs: NDArray[Any]) -> NDArray[np.float64]:
        """Outputs in the target's own unit."""
        return np.asarray(outputs, dtype=np.float64) * self.deviation + self.mean


def many_categories(columns: pd.DataFrame) -> tuple[str, ...]:
    """The text columns of a table with too many categories for one column of 0 and 1 each."""
    wordy = free_text(columns)
    text = (name for name, column in columns.items() if column.dtype != np.float64 and name not in wordy)
    return tuple(str(name) for name in text if columns[name].nunique() > MOST_CATEGORIES)


def _matrix(parts: list[NDArray[Any]], rows: int) -> NDArray[np.float32]:
    """The parts side by side; a column of zeros if there are none."""
    whole = np.column_stack(parts) if parts else np.zeros((rows, 0))
    return (whole if whole.shape[1] else np.zeros((rows, 1))).astype(np.float32)


def _number(columns: pd.DataFrame, number: NumberColumn) -> NDArray[np.float64]:
    column = _column(columns, number.name)
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64, na_value=np.nan)
    stray = np.isnan(values) & column.notna().to_numpy()
    if stray.all() and len(stray):
        got = f"text such as '{printable(column.iloc[0])}'"
        raise CompareError(f"column '{printable(number.name)}'", expected="numbers", got=got)
    return number.apply(values)


def _text_values(columns: pd.DataFrame, name: str) -> pd.Series:
    column = _column(columns, name)
    return column.astype(object).where(column.notna(), MISSING).map(str)


def _column(columns: pd.DataFrame, name: str) -> pd.Series:
    if name not in columns.columns:
        raise CompareError(
            f"column '{printable(name)}'",
            expected="to be in the table, as it was in training",
            got=few(columns.columns),
            fix="Add it, or rename the column that holds it.",
        )
    return columns[name]
