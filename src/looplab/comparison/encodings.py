"""Text columns with many categories: each category becomes the mean of the target among its training rows.

One column of 0 and 1 for each of 52 states, or of 5,000 post codes, would drown what the others say. The means of rows
that an arm learns from are taken from other rows than these (cross-fitting), so that no row is told its own target.

Source: Micci-Barreca, A Preprocessing Scheme for High-Cardinality Categorical Attributes, SIGKDD Explorations 3, 2001.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["MISSING", "EncodedColumn", "encode"]

MISSING = "missing"
"""The category of values that are not there."""


@dataclass(frozen=True)
class EncodedColumn:
    """A text column as numbers: E for each category, with mean 0 and standard deviation 1 among the training rows.

    Attributes:
        name: the column's.
        categories: those that the training rows have.
        values: E numbers for each of them.
        otherwise: E numbers for any other.
    """

    name: str
    categories: tuple[str, ...]
    values: tuple[tuple[float, ...], ...]
    otherwise: tuple[float, ...]

    def apply(self, column: pd.Series) -> NDArray[np.float64]:
        """The numbers N×E of a column of text."""
        table = np.array([*self.values, self.otherwise])
        return np.asarray(table[pd.Index(self.categories).get_indexer(pd.Index(column))])


def encode(
    columns: pd.DataFrame, names: Sequence[str], targets: NDArray[Any], seed: int
) -> tuple[tuple[EncodedColumn, ...], NDArray[np.float64]]:
    """Learn the encodings of some columns.

    Args:
        columns: the training rows.
        names: of the text columns to encode.
        targets: N×1 numbers or N classes.
        seed: fixes how rows are shared out for cross-fitting.

    Returns:
        The encodings, and the cross-fitted numbers of the training rows, N×(E for each name).
    """
    encoded, parts = [], [np.zeros((len(columns), 0))]
    for name in names:
        column, crossfitted = _encode(name, columns[name].fillna(MISSING), targets.ravel(), seed)
        encoded.append(column)
        parts.append(crossfitted)
    return tuple(encoded), np.column_stack(parts)


def _encode(
    name: str, column: pd.Series, targets: NDArray[Any], seed: int
) -> tuple[EncodedColumn, NDArray[np.float64]]:
    from sklearn.preprocessing import TargetEncoder

    kind = "continuous" if targets.dtype.kind == "f" else "binary" if targets.max() < 2 else "multiclass"
    encoder = TargetEncoder(target_type=kind, random_state=seed)
    with warnings.catch_warnings():  # a class with few rows is not in each part
        warnings.simplefilter("ignore", UserWarning)
        crossfitted = encoder.fit_transform(column.to_numpy(dtype=object)[:, None], targets)
    mean, deviation = crossfitted.mean(axis=0), crossfitted.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    values = (np.column_stack(encoder.encodings_) - mean) / deviation
    otherwise = (np.atleast_1d(encoder.target_mean_) - mean) / deviation
    categories = tuple(str(category) for category in encoder.categories_[0])
    rows = tuple(tuple(float(value) for value in row) for row in values)
    column_code = EncodedColumn(name, categories, rows, tuple(float(value) for value in otherwise))
    return column_code, (crossfitted - mean) / deviation
