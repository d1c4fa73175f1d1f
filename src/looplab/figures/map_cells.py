"""The cells of a map over two varied settings: their values in order, and how many runs of each cell succeed."""

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from jaxtyping import Bool, Float64, Int64
from numpy import ndarray

from looplab.numbers import real_number
from looplab.statistics import Interval, rate_interval

__all__ = ["Cells", "VariedAxis", "cells_of"]

_SAME = 0.1
"""How far steps may differ, as a share of the usual one, and still be called equal: values are often rounded."""


@dataclass(frozen=True, kw_only=True)
class VariedAxis:
    """One varied field or setting, as an axis.

    Attributes:
        name: its name.
        values: the values in order, each once: numbers from low to high, anything else as it was given.
        place: R places, which of the values each run has.
    """

    name: str
    values: tuple[Any, ...]
    place: Int64[ndarray, " R"]

    @classmethod
    def of(cls, name: str, column: list[Any]) -> "VariedAxis":
        """The axis of a column with one value a run; values need not be hashable."""
        values: list[Any] = []
        for value in column:
            if not any(_equal(value, known) for known in values):
                values.append(value)
        if all(map(_is_number, values)):
            values.sort()
        place = [next(i for i, known in enumerate(values) if _equal(value, known)) for value in column]
        return cls(name=name, values=tuple(values), place=np.array(place, dtype=np.int64))

    @property
    def labels(self) -> list[str]:
        """What stands at each value: numbers have three digits that count, or as many as tell them apart."""
        for digits in (3, 6):
            labels = [f"{value:.{digits}g}" if _is_number(value) else str(value) for value in self.values]
            if len(set(labels)) == len(labels):
                break
        return labels

    @property
    def title(self) -> str:
        """The name, with a word about the spacing: cells are equally wide, whatever lies between the values."""
        return self.name + {"logarithmic": " (logarithmic)", "uneven": " (not to scale)"}.get(self.spacing, "")

    @property
    def spacing(self) -> str:
        """How numbers are spaced: "linear", "logarithmic" or "uneven"; "" for names and for fewer than three values."""
        if len(self.values) < 3 or not all(map(_is_number, self.values)):
            return ""
        numbers = np.array(self.values, dtype=np.float64)
        if _are_even(np.diff(numbers)):
            return "linear"
        return "logarithmic" if numbers[0] > 0 and _are_even(np.diff(np.log(numbers))) else "uneven"


@dataclass(frozen=True, kw_only=True)
class Cells:
    """How many runs succeed in each cell.

    Attributes:
        successes: Y×X, how many succeed.
        counts: Y×X, how many there are; 0 where no run has that pair of values.
    """

    successes: Int64[ndarray, "Y X"]
    counts: Int64[ndarray, "Y X"]

    @cached_property
    def shares(self) -> Float64[ndarray, "Y X"]:
        """The share that succeeds; NaN where there are no runs."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.successes / self.counts)

    @cached_property
    def best(self) -> list[tuple[int, int]]:
        """Column and row of the cells with the largest share."""
        rows, columns = np.nonzero(self.shares == np.nanmax(self.shares))
        return list(zip(columns.tolist(), rows.tolist(), strict=True))

    @property
    def counted(self) -> str:
        """How many seeds a cell has, in words."""
        low, high = int(self.counts[self.counts > 0].min()), int(self.counts.max())
        if low < high:
            return f"{low} to {high} seeds"
        return f"{high} seed{'' if high == 1 else 's'}"

    def interval(self, column: int, row: int) -> Interval:
        """The share of a cell with its 95 % Wilson interval."""
        return rate_interval(int(self.successes[row, column]), int(self.counts[row, column]))


def cells_of(x: VariedAxis, y: VariedAxis, truths: Bool[ndarray, " R"]) -> Cells:
    """Count the runs of each cell.

    Args:
        x: what runs across, X values.
        y: what runs upward, Y values.
        truths: which of the R runs succeed.
    """
    successes, counts = np.zeros((2, len(y.values), len(x.values)), dtype=np.int64)
    np.add.at(counts, (y.place, x.place), 1)
    np.add.at(successes, (y.place, x.place), truths.astype(np.int64))
    return Cells(successes=successes, counts=counts)


def _equal(one: object, other: object) -> bool:
    if _is_number(one) and _is_number(other):
        return bool(one == other)
    return type(one) is type(other) and bool(one == other)


def _is_number(value: object) -> bool:
    return math.isfinite(real_number(value))


def _are_even(steps: Float64[ndarray, " S"]) -> bool:
    usual = float(np.median(steps))
    return bool((np.abs(steps - usual) <= _SAME * abs(usual)).all())
