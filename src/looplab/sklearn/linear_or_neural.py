"""`LinearOrNeuralClassifier`, `LinearOrNeuralRegressor`: the linear model, unless a network is worth it."""

from abc import abstractmethod
from typing import Any, Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_array, check_is_fitted, validate_data

from looplab.comparison.answer import MARGIN
from looplab.comparison.compare import compare
from looplab.comparison.final import learn
from looplab.comparison.plan import make_plan
from looplab.comparison.predict import centre, member_predictions
from looplab.comparison.saved import model_of
from looplab.data import Dataset
from looplab.errors import EstimatorError, shown
from looplab.numbers import real_number, whole_number
from looplab.sklearn.members import Floats

__all__ = ["LinearOrNeuralClassifier", "LinearOrNeuralRegressor"]

_MOST_SEED = 2**31 - 1
_LEAST = {"folds": 2, "repeats": 1, "n_members": 1}


class _LinearOrNeural(BaseEstimator):
    """What the two share: `compare` decides, and the model it recommends, learnt from all rows, predicts."""

    def __init__(
        self,
        *,
        margin: float = MARGIN,
        folds: int | None = None,
        repeats: int | None = None,
        n_members: int | None = None,
        random_state: Any = None,
    ) -> None:
        self.margin = margin
        self.folds = folds
        self.repeats = repeats
        self.n_members = n_members
        self.random_state = random_state

    def fit(self, X: Any, y: Any) -> Self:
        """Compare the linear model with networks on folds of the rows, then learn the better one from all of them.

        Args:
            X: N×D numbers: an array, a data frame, or what NumPy makes an array of. Columns are scaled inside.
            y: the N targets.

        Returns:
            The estimator itself.

        Raises:
            EstimatorError: a parameter that is impossible.
            CompareError: rows too few to compare on.
            ValueError: data that scikit-learn's own checks refuse.
        """
        self._check_parameters()
        X, y = validate_data(self, X, y, dtype=np.float64, multi_output=True, y_numeric=False, ensure_min_samples=2)
        dataset = self._dataset(X, y)
        seed = int(check_random_state(self.random_state).randint(_MOST_SEED))
        found = compare(
            dataset,
            folds=self.folds,
            repeats=self.repeats,
            seeds=self.n_members,
            margin=float(self.margin),
            curve=False,
            why=False,
            save_arm="linear",
            seed=seed,
        )
        self.answer_, self.sentence_, self.scores_ = found.answer, found.sentence, found.scores()
        self.arm_ = found.recommended if found.answer == "network" else "linear"
        final = found.model
        if self.arm_ != "linear":
            plan = make_plan(
                len(dataset), folds=self.folds, repeats=self.repeats, seeds=self.n_members, margin=float(self.margin),
                curve=False, seed=seed,
            )  # fmt: skip
            final = learn(found.table, self.arm_, plan)
        self._model = model_of(final, found.table)
        return self

    @abstractmethod
    def _dataset(self, X: Floats, y: Any) -> Dataset:
        """The rows as `compare` takes them."""

    def _named(self, X: Floats, targets: NDArray[Any], **what: Any) -> Dataset:
        return Dataset(
            name=type(self).__name__,
            inputs=torch.tensor(X),
            targets=torch.tensor(targets),
            feature_names=tuple(map(str, range(X.shape[1]))),
            **what,
        )

    def _predicted(self, X: Any) -> Floats:
        """Predictions N×O in the targets' unit, or probabilities N×C."""
        check_is_fitted(self, "arm_")
        X = validate_data(self, X, dtype=np.float64, reset=False)
        columns = pd.DataFrame(X, columns=list(map(str, range(X.shape[1]))))
        return centre(member_predictions(self._model.preparation.apply(columns), self._model), self._model)

    def _check_parameters(self) -> None:
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and not whole_number(value) >= least:
                raise EstimatorError(name, expected=f"None or a whole number, at least {least}", got=shown(value))
        if not 0 <= real_number(self.margin) < 1:
            raise EstimatorError("margin", expected="a share from 0 to below 1", got=shown(self.margin), fix="Try 0.1.")


class LinearOrNeuralClassifier(ClassifierMixin, _LinearOrNeural):
    """Logistic regression, unless an ensemble of networks lowers its log loss by enough to be worth it.

    `fit` asks `looplab.compare`: on the same repeated folds it measures the constant prediction, the linear model, two
    networks and gradient boosting, each tuned inside the rows it learns from, and answers with an interval. The linear
    model, or the network that it recommends, is then learnt from all rows. That takes seconds rather than milliseconds:
    to search over parameters, or to cross-validate often, take `MLPClassifier` and scikit-learn's linear models.

    Args:
        margin: a network that lowers the linear model's loss by less than this share is not worth it.
        folds: number of folds; None takes 5.
        repeats: how many times the rows are split into folds; None takes 6 for 40 to 300 rows, 4 for fewer, 2 up to
            20,000, else 1.
        n_members: networks trained in each fold, and members of the ensemble; None takes 8 up to 1,000 rows, 4 up to
            20,000, else 2.
        random_state: fixes folds, splits and networks: the results depend on nothing else.

    Attributes:
        answer_: "linear", "network" or "undecided".
        sentence_: the answer in one sentence, with its numbers.
        arm_: what predicts: "linear", or "small network" or "wide network" where the answer is "network".
        scores_: a data frame, a row for each arm: mean loss with its interval, and the gain over the linear model.
        classes_: the C classes.
        n_features_in_: columns of X.
        feature_names_in_: their names, where X was a data frame with such.

    >>> from sklearn.datasets import load_iris
    >>> model = LinearOrNeuralClassifier(repeats=1, n_members=2, random_state=0).fit(*load_iris(return_X_y=True))
    >>> model.arm_
    'linear'
    """

    def predict_proba(self, X: Any) -> Floats:
        """The probability of each class, N×C."""
        return self._predicted(X)

    def predict(self, X: Any) -> NDArray[Any]:
        """The most probable class of each row, N."""
        best = self.predict_proba(X).argmax(axis=1)
        classes: NDArray[Any] = self.classes_[best]
        return classes

    def _dataset(self, X: Floats, y: Any) -> Dataset:
        check_classification_targets(y)
        self.classes_, codes = np.unique(column_or_1d(y, warn=True), return_inverse=True)
        count = len(self.classes_)
        if count < 2:
            raise EstimatorError("y", expected="at least two classes", got=f"one class, {shown(self.classes_[0])}")
        names = tuple(map(str, range(count)))
        if count == 2:
            return self._named(X, codes.astype(np.float64)[:, None], task="binary", target_names=names)
        return self._named(X, codes.astype(np.int64), task="multiclass", target_names=names)


class LinearOrNeuralRegressor(RegressorMixin, _LinearOrNeural):
    """Ridge regression, unless an ensemble of networks lowers its squared error by enough to be worth it.

    Parameters and attributes are those of `LinearOrNeuralClassifier`, without `classes_`. y may have several columns,
    N×O: one model predicts them all.

    >>> from sklearn.datasets import load_diabetes
    >>> model = LinearOrNeuralRegressor(repeats=1, n_members=2, random_state=0)
    >>> model.fit(*load_diabetes(return_X_y=True)).arm_
    'linear'
    """

    def predict(self, X: Any) -> Floats:
        """The predicted numbers, N, or N×O where `fit` was given several columns."""
        predicted = self._predicted(X)
        return predicted[:, 0] if self._is_single else predicted

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def _dataset(self, X: Floats, y: Any) -> Dataset:
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        numbers = check_array(y, dtype=np.float64, ensure_2d=False, input_name="y")
        self._is_single = numbers.ndim == 1
        numbers = numbers.reshape(len(numbers), -1)
        names = tuple(map(str, range(numbers.shape[1])))
        return self._named(X, np.ascontiguousarray(numbers), task="regression", target_names=names)
