"""Text columns with many categories: each category becomes the mean of the target among its training rows.

One column of 0 and 1 for each of 52 states, or of 5,000 post codes, would drown what the others say. For the rows an
arm learns from, the means come from other rows (cross-fitting), so that no row is told its own target.

Source: Micci-Barreca, A Preprocessing Scheme for High-Cardinality Categorical Attributes, SIGKDD Explorations 3, 2001.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["MISSING", "EncodedColumn", "encode"]

_PARTS = 5  # for cross-fitting

MISSING = "missing"
"""The category of missing values."""


@dataclass(frozen=True)
class EncodedColumn:
    """A text column as numbers: E for each category, with mean 0 and standard deviation 1 among the training rows.

    Attributes:
        name: the column's.
        categories: those of the training rows.
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
        seed: fixes how rows are split for cross-fitting.

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
    from sklearn.model_selection import KFold
    from sklearn.preprocessing import TargetEncoder

    words, columns = column.to_numpy(dtype=object)[:, None], _as_numbers(targets)
    crossfitted = np.empty(columns.shape)
    for others, part in KFold(_PARTS, shuffle=True, random_state=seed).split(words):
        for place, numbers in enumerate(columns.T):
            encoder = TargetEncoder(target_type="continuous").fit(words[others], numbers[others])
            crossfitted[part, place] = encoder.transform(words[part])[:, 0]
    encoders = [TargetEncoder(target_type="continuous").fit(words, numbers) for numbers in columns.T]
    mean, deviation = crossfitted.mean(axis=0), crossfitted.std(axis=0)
    deviation = np.where(deviation > 0, deviation, 1.0)
    values = (np.column_stack([encoder.encodings_[0] for encoder in encoders]) - mean) / deviation
    otherwise = (np.array([encoder.target_mean_ for encoder in encoders]) - mean) / deviation
    learnt = EncodedColumn(
        name,
        tuple(str(category) for category in encoders[0].categories_[0]),
        tuple(tuple(row) for row in values.tolist()),
        tuple(otherwise.tolist()),
    )
    return learnt, (crossfitted - mean) / deviation


def _as_numbers(targets: NDArray[Any]) -> NDArray[np.float64]:
    """Targets as columns: of numbers one, of classes one of 0 and 1 for each (of two classes only the second)."""
    if targets.dtype.kind == "f":
        return targets[:, None].astype(np.float64)
    classes = np.arange(int(targets.max()) + 1)
    asked = classes[1:] if len(classes) == 2 else classes
    return np.asarray(targets[:, None] == asked[None], dtype=np.float64)
