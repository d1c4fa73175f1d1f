"""A fitted arm as something that predicts from a table's columns, as scikit-learn's inspection functions ask for it."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from looplab.comparison.examples import Fitted, PreparedFold

__all__ = ["Predicting", "predicting"]

Members = NDArray[np.float64]


class Predicting:
    """What predicts, as it is.

    Args:
        members: columns of N rows -> S×N×O in the targets' unit, or probabilities S×N×C.
    """

    def __init__(self, members: Callable[[pd.DataFrame], Members]) -> None:
        self.members = members

    def fit(self, X: Any, y: Any = None) -> "Predicting":
        """It is fitted already."""
        return self


def predicting(fold: PreparedFold, fitted: Fitted) -> Predicting:
    """An arm that has learnt from a fold."""

    def members(columns: pd.DataFrame) -> Members:
        outputs = fitted.predict(fold.preparation.apply(columns))
        return outputs if fold.scale is None else fold.scale.undo(outputs)

    return Predicting(members)
