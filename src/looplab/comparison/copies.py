"""Rows that are copies of each other must not stand on both sides of a fold.

Three kinds are looked for: equal rows, rows that are equal except for the target or for rounding, and rows that are
equal except for one column that almost always differs, such as a row number. Where a table has only a few settings that
many rows share, equal rows are not copies: they are what the table is about.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.data.words import count, printable

__all__ = ["Copies", "find_copies"]

_GRID = 1e6  # numbers that differ by less than this part of their column's range are equal except for rounding
_FEWEST = 10  # with fewer different rows than this, a table has settings rather than copies
_REPEATED = 10  # from this many rows per setting on average, they are settings
_TELLING = 0.9  # if one column tells this share of the different rows apart, equal rows are copies
_BY_CHANCE = 10  # this many times more equal pairs than expected by chance are not chance
_MOST_LEFT_OUT = 100  # at most this many columns are left out in turn

Codes = NDArray[np.uint64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Copies:
    """Which rows belong together.

    Attributes:
        groups: N numbers, equal for rows that must stay in one fold; None if no two rows must.
        notes: what was found, one sentence each.
    """

    groups: NDArray[np.int64] | None
    notes: tuple[str, ...]


def find_copies(
    columns: pd.DataFrame,
    targets: NDArray[np.float64] | NDArray[np.int64],
    groups: NDArray[np.int64] | None,
    *,
    in_time: bool = False,
) -> Copies:
    """The rows that must stay together: copies, and those of the groups that the user named.

    Args:
        columns: the inputs; float64 with NaN, or text with None, for what is missing.
        targets: N×O numbers or N classes.
        groups: N numbers, or None.
        in_time: whether rows are ordered by time, which then decides; copies are only reported.

    Cost: a pass over the table, and one more over each column that differs in almost all rows.
    """
    codes = _codes(columns)
    keys = _row_keys(codes)
    inputs = _labels(keys)
    shared = _shared(inputs)
    kept = "which time may put into two folds" if in_time else "kept in one fold"
    linked = [] if groups is None else [groups]
    notes = []
    if shared.any():
        whole = _labels(_row_keys(np.column_stack([codes, _codes(pd.DataFrame(targets.astype(np.float64)))])))
        copied = _are_copies(codes, inputs, whole, targets)
        said = kept if copied else "taken for few settings that many rows share, so not kept in one fold"
        notes.append(f"{_equal(inputs, whole)}: {said}.")
        linked += [inputs] if copied else []
    near = {"but for rounding": _but_for_rounding(columns, codes)} | {
        f"in all columns but '{printable(columns.columns[position])}'": labels
        for position, labels in _but_for_one(codes, keys)
    }
    for how, labels in near.items():
        more = _shared(labels) & ~shared
        shared |= more
        if more.any():
            notes.append(f"{count(int(more.sum()), 'row')} equal another {how}: {kept}.")
            linked.append(labels)
    return Copies(groups=groups if in_time else _joined(linked), notes=tuple(notes))


def _codes(columns: pd.DataFrame, *, rounded: bool = False) -> Codes:
    """A number for each different value of a column, N×D; if rounded, numbers that almost agree have the same."""
    codes = np.empty(columns.shape, dtype=np.uint64)
    for position in range(columns.shape[1]):
        column = columns.iloc[:, position]
        values = column.to_numpy()
        if rounded and column.dtype == np.float64:
            values = _on_grid(values)
        codes[:, position] = pd.factorize(values, use_na_sentinel=False)[0]
    return codes


def _different(codes: Codes) -> NDArray[np.int64]:
    """How many different values each column has: its codes count them from 0."""
    return np.asarray(codes.max(axis=0), dtype=np.int64) + 1


def _on_grid(values: NDArray[np.float64]) -> NDArray[np.float64]:
    known = values[~np.isnan(values)]
    size = float(np.abs(known).max()) if len(known) else 0.0
    scaled = values / size if size > 0 else values
    low, high = (np.nanmin(scaled), np.nanmax(scaled)) if len(known) else (0.0, 0.0)
    return np.round((scaled - low) / (high - low) * _GRID) if high > low else np.zeros_like(values)


def _row_keys(codes: Codes) -> Codes:
    """A number for each value; rows whose numbers have equal sums are equal, except for one chance in 10^19."""
    steps = np.arange(1, codes.shape[1] + 1, dtype=np.uint64)
    mixed: Codes = np.add(codes, np.multiply(steps, np.uint64(0x9E3779B97F4A7C15)), dtype=np.uint64)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):  # splitmix64's finish
        mixed = (mixed ^ np.right_shift(mixed, np.uint64(shift))) * np.uint64(factor)
    return mixed ^ np.right_shift(mixed, np.uint64(31))


def _labels(keys: Codes) -> NDArray[np.int64]:
    """A number for each different row of keys."""
    return _labels_of_sums(keys.sum(axis=1, dtype=np.uint64))


def _labels_of_sums(sums: Codes) -> NDArray[np.int64]:
    return np.asarray(pd.factorize(sums)[0], dtype=np.int64)


def _shared(labels: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which rows share their label with another."""
    return np.asarray(np.bincount(labels)[labels] > 1)


def _pairs(labels: NDArray[np.int64]) -> float:
    counts = np.bincount(labels).astype(np.float64)
    return float((counts * (counts - 1) / 2).sum())


def _are_copies(
    codes: Codes, inputs: NDArray[np.int64], whole: NDArray[np.int64], targets: NDArray[np.float64] | NDArray[np.int64]
) -> bool:
    """Whether rows with equal inputs are copies rather than the few settings of a table."""
    different = int(inputs.max()) + 1
    if different < _FEWEST:
        return False
    if len(inputs) < _REPEATED * different:
        return True
    if targets.dtype == np.float64 and _pairs(whole) > _TELLING * _pairs(inputs):
        return True
    first = np.unique(inputs, return_index=True)[1]
    return codes.shape[1] > 1 and any(
        len(np.unique(codes[first, column])) >= _TELLING * different for column in range(codes.shape[1])
    )


def _equal(inputs: NDArray[np.int64], whole: NDArray[np.int64]) -> str:
    """How many rows equal another, and how many different ones there are among them."""
    equal = _shared(whole)
    but_target = _shared(inputs) & ~equal
    parts = []
    if equal.any():
        different = len(np.unique(whole[equal]))
        parts.append(f"{count(int(equal.sum()), 'row')} equal another in all columns ({different:,} different ones)")
    if but_target.any():
        parts.append(f"{count(int(but_target.sum()), 'row')} equal another in all columns but the target")
    return ", ".join(parts)


def _but_for_rounding(columns: pd.DataFrame, codes: Codes) -> NDArray[np.int64]:
    """Labels of the rows that are equal except for rounding; in a single column of numbers, neighbours don't count."""
    if int((_different(codes) > len(codes) / 2).sum()) < 2:
        return np.arange(len(codes))
    return _labels(_row_keys(_codes(columns, rounded=True)))


def _but_for_one(codes: Codes, keys: Codes) -> list[tuple[int, NDArray[np.int64]]]:
    """Columns that differ in almost all rows, with the labels of the rows that are equal without them.

    Two columns or more have to be left. Rows that share all of them by chance, as discrete values do, do not count.
    """
    rows, width = codes.shape
    if width < 3 or rows < _FEWEST:
        return []
    found = []
    total = keys.sum(axis=1, dtype=np.uint64)
    different = _different(codes)
    for column in [each for each in range(width) if different[each] >= _TELLING * rows][:_MOST_LEFT_OUT]:
        labels = _labels_of_sums(total - keys[:, column])
        if not _shared(labels).any() or rows >= _REPEATED * (int(labels.max()) + 1):
            continue
        others = [each for each in range(width) if each != column]
        if _pairs(labels) >= _BY_CHANCE * _expected_pairs(codes, others, labels):
            found.append((column, labels))
    return found


def _expected_pairs(codes: Codes, columns: list[int], labels: NDArray[np.int64]) -> float:
    """How many pairs of rows would be equal in these columns if the columns' values were drawn independently."""
    first = np.unique(labels, return_index=True)[1]
    rows, different = len(labels), len(first)
    chance = 1.0
    for column in columns:
        chance *= _pairs(pd.factorize(codes[first, column])[0].astype(np.int64)) / max(
            different * (different - 1) / 2, 1
        )
    return rows * (rows - 1) / 2 * chance


def _joined(linked: list[NDArray[np.int64]]) -> NDArray[np.int64] | None:
    """Rows linked by any of the labels belong to one group."""
    if not linked:
        return None
    if len(linked) == 1:
        return linked[0]
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    rows = len(linked[0])
    starts = np.cumsum([rows, *(int(labels.max()) + 1 for labels in linked)])
    ends = np.concatenate([labels + start for labels, start in zip(linked, starts, strict=False)])
    ties = (np.ones(len(ends), dtype=bool), (np.tile(np.arange(rows), len(linked)), ends))
    _, component = connected_components(coo_array(ties, shape=(int(starts[-1]), int(starts[-1]))), directed=False)
    return np.asarray(pd.factorize(component[:rows])[0], dtype=np.int64)
