"""`MLPRegressor`: an ensemble of multilayer perceptrons for numbers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_array

from looplab.sklearn.estimator import MLPEnsemble, Targets
from looplab.sklearn.members import Floats

__all__ = ["MLPRegressor"]


class MLPRegressor(RegressorMixin, MLPEnsemble):
    """A regressor: the mean of what several multilayer perceptrons predict, trained at once with the squared loss.

    Its parameters and attributes are those of `MLPClassifier`, with these differences.

    Args:
        standardize: scales the targets, too, and predictions back; losses are then in variances of the targets.
        validation_fraction: the share of the rows to set aside, drawn at random.

    y may have several columns, N×O: one network predicts them all.

    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> model = MLPRegressor((16,), early_stopping=True, random_state=0).fit(X, y)
    >>> model.predict(X[:3]).shape, model.score(X, y) > 0.4
    ((3,), True)
    """

    def predict(self, X: Any) -> Floats:
        """The predicted numbers, N, or N×O where `fit` was given several columns: the members' mean."""
        outputs = self._member_outputs(X).mean(axis=0)
        scaler = self._target_scaler
        predicted: Floats = outputs if scaler is None else scaler.inverse_transform(outputs)
        return predicted[:, 0] if self._is_single else predicted

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _checked(self, y: Any) -> NDArray[Any]:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        numbers: NDArray[Any] = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        return numbers

    def _encoded(self, y: Any, rows: NDArray[np.bool_], weights: Floats | None, dtype: Any) -> Targets:
        self._is_single = y.ndim == 1
        numbers = y[rows].reshape(rows.sum(), -1)
        self._target_scaler = StandardScaler().fit(numbers, sample_weight=weights) if self.standardize else None
        scaled = numbers if self._target_scaler is None else self._target_scaler.transform(numbers)
        names = tuple(map(str, range(numbers.shape[1])))
        return Targets(np.ascontiguousarray(scaled, dtype=dtype), "regression", names, None)
