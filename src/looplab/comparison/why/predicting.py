"""A fitted arm that predicts the rows of a table again, with one column changed: only that one is prepared anew."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.examples import Fitted, PreparedFold

__all__ = ["Predicting"]

Members = NDArray[np.float64]


class Predicting:
    """An arm and the rows that it predicts.

    Args:
        fold: what the arm has learnt from.
        fitted: the arm.
        columns: the table's columns of the N rows.
    """

    def __init__(self, fold: PreparedFold, fitted: Fitted, columns: pd.DataFrame) -> None:
        self._fold, self._fitted = fold, fitted
        self._matrix = fold.preparation.apply(columns)
        self._places = fold.preparation.places

    def members(self) -> Members:
        """What each member predicts: S×N×O in the targets' unit, or probabilities S×N×C."""
        return self._predicted(self._matrix)

    def members_with(self, column: pd.Series) -> Members:
        """The same, if the column of this name had these N values."""
        name = str(column.name)
        if name not in self._places:  # it was constant among the rows that were learnt from
            return self.members()
        changed = self._matrix.copy()
        changed[:, self._places[name]] = self._fold.preparation.only(name).apply(column.to_frame())
        return self._predicted(changed)

    def _predicted(self, matrix: NDArray[np.float32]) -> Members:
        outputs = self._fitted.predict(matrix)
        return outputs if self._fold.scale is None else self._fold.scale.undo(outputs)
