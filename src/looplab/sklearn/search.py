"""Searches for good parameters, whose grid, folds and members the engine trains at once."""

from typing import Any, Self

from sklearn.model_selection import GridSearchCV, ParameterGrid, ParameterSampler, RandomizedSearchCV

from looplab.sklearn.together import searched

__all__ = ["MLPGridSearchCV", "MLPRandomizedSearchCV"]


class MLPGridSearchCV(GridSearchCV):
    """scikit-learn's `GridSearchCV` for perceptrons of `looplab.sklearn`, trained at once and otherwise equal.

    Before a score is taken, all members of all candidates are trained: those on the same rows with the same
    architecture in one call of `train_many`. What comes of it, `cv_results_`, `best_params_`, `best_estimator_` and so
    on, is what `GridSearchCV` finds with the same folds and random state. Fit times in `cv_results_` are each fit's
    share of its call. All of it runs in this process, on the engine's threads: `n_jobs` is not used.

    Args:
        estimator: an `MLPClassifier` or `MLPRegressor`, alone or in a `Pipeline` and the like.
        param_grid: as in `GridSearchCV`, and so are all further arguments.

    The memory of all parameters of all members is needed at once, beside a copy of the rows of each fold.

    >>> from sklearn.datasets import load_iris
    >>> from looplab.sklearn import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> model = MLPClassifier(learning_rate_init=0.03, max_iter=50, tol=0.01, random_state=0)
    >>> search = MLPGridSearchCV(model, {"alpha": [0.0, 0.01], "hidden_layer_sizes": [(1,), (16,)]}).fit(X, y)
    >>> search.best_params_["hidden_layer_sizes"]
    (16,)
    """

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Train all candidates on all folds at once, score them, and train the best on all rows.

        Args:
            X: the rows, as the estimator takes them.
            y: the targets.
            **params: what the estimator's `fit` takes besides, such as `sample_weight`, and `groups` for the folds.

        Returns:
            The search itself.

        Raises:
            EstimatorError: an estimator whose `fit` trains no perceptron of `looplab.sklearn`.
            ValueError: what `GridSearchCV` refuses.
        """
        _take(self, searched(self, ParameterGrid(self.param_grid), X, y, params))
        return self


class MLPRandomizedSearchCV(RandomizedSearchCV):
    """scikit-learn's `RandomizedSearchCV` for perceptrons of `looplab.sklearn`: see `MLPGridSearchCV`.

    Args:
        estimator: an `MLPClassifier` or `MLPRegressor`, alone or in a `Pipeline` and the like.
        param_distributions: as in `RandomizedSearchCV`, and so are all further arguments.
    """

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Draw the candidates, then do as `MLPGridSearchCV.fit`.

        Args:
            X: the rows, as the estimator takes them.
            y: the targets.
            **params: what the estimator's `fit` takes besides, such as `sample_weight`, and `groups` for the folds.

        Returns:
            The search itself.

        Raises:
            EstimatorError: an estimator whose `fit` trains no perceptron of `looplab.sklearn`.
            ValueError: what `RandomizedSearchCV` refuses.
        """
        drawn = ParameterSampler(self.param_distributions, self.n_iter, random_state=self.random_state)
        _take(self, searched(self, drawn, X, y, params))
        return self


def _take(search: Any, found: GridSearchCV) -> None:
    """Give the search what scikit-learn's own found: its attributes that end in an underscore."""
    vars(search).update({name: value for name, value in vars(found).items() if _is_found(name)})


def _is_found(name: str) -> bool:
    return name.endswith("_") and not name.startswith("_")
