"""`MLPRegressor`: an ensemble of multilayer perceptrons for numbers."""

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin
from sklearn.preprocessing import StandardScaler
from sklearn.utils import column_or_1d
from sklearn.utils.validation import check_array

from looplab.errors import EstimatorError
from looplab.sklearn.availability import Incremental
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

    @Incremental
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train the members for one epoch on these rows, going on from where they are: after `fit`, too.

        k calls with the same rows are one `fit` with max_iter=k. What is learnt beside the members is learnt in the
        first call and then kept: the columns, and, if `standardize` is set, their scales and those of the targets. A
        call that raises an error leaves the members as they were.

        Args:
            X: N×D numbers. The members compute in float32 if the first were that, else in float64.
            y: the targets, N or N×O.
            sample_weight: as in `fit`.

        Returns:
            The estimator itself.

        Raises:
            UnavailableError: a `learning_rate` other than "constant", `early_stopping`, or a `solver` that does not
                update each number by itself; `hasattr` says that there is no such method then.
            EstimatorError: more or fewer targets a row than before; a changed `hidden_layer_sizes`, `activation`,
                `solver`, `n_members` or `standardize`. What else changes counts from this call on, but for
                `random_state`, which was used up in the first.
            DivergenceError: every member's loss became infinite or NaN.
            ValueError: data that scikit-learn's own checks refuse.
        """
        return self._one_more_epoch(X, y, sample_weight)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _checked(self, y: Any) -> NDArray[Any]:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        numbers: NDArray[Any] = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        return numbers

    def _learn_targets(self, y: NDArray[Any], rows: NDArray[np.bool_], weights: Floats | None, classes: Any) -> None:
        numbers = y[rows].reshape(rows.sum(), -1)
        self._is_single, self._outputs = y.ndim == 1, numbers.shape[1]
        self._target_scaler = StandardScaler().fit(numbers, sample_weight=weights) if self.standardize else None

    def _coded(self, y: NDArray[Any], dtype: Any) -> Targets:
        numbers = y.reshape(len(y), -1)
        if numbers.shape[1] != self._outputs:
            raise EstimatorError(
                "y",
                expected=f"as many numbers a row as in the first call, {self._outputs}",
                got=str(numbers.shape[1]),
                fix="Start anew with fit, or with partial_fit of a clone.",
            )
        scaled = numbers if self._target_scaler is None else self._target_scaler.transform(numbers)
        names = tuple(map(str, range(self._outputs)))
        return Targets(np.ascontiguousarray(scaled, dtype=dtype), "regression", names, None)
