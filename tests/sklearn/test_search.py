"""A search whose fits are trained at once finds what scikit-learn's own finds with the same folds and seeds."""

from typing import Any

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.exceptions import FitFailedWarning
from sklearn.model_selection import GridSearchCV, GroupKFold, KFold, RandomizedSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import parametrize_with_checks

from looplab import train_many
from looplab.errors import EstimatorError
from looplab.sklearn import MLPClassifier, MLPGridSearchCV, MLPRandomizedSearchCV, MLPRegressor

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def quick(kind: type, **parameters: Any) -> Any:
    settings = {
        "hidden_layer_sizes": (8,),
        "learning_rate_init": 0.01,
        "max_iter": 20,
        "random_state": 0,
        "n_members": 2,
    }
    return kind(**settings | parameters)


def assert_found_alike(one: Any, other: Any, X: Any) -> None:
    assert one.best_params_ == other.best_params_
    assert set(one.cv_results_) == set(other.cv_results_)
    for name, values in one.cv_results_.items():
        if "_time" not in name and name != "params" and not name.startswith("param_"):
            np.testing.assert_allclose(values, other.cv_results_[name], rtol=1e-9, err_msg=name)
    assert one.cv_results_["params"] == other.cv_results_["params"]
    np.testing.assert_allclose(one.predict(X), other.predict(X), rtol=1e-9)


GRID = {"alpha": [0.0, 0.1], "hidden_layer_sizes": [(4,), (8, 4)], "learning_rate_init": [0.003, 0.03]}


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many networks each call of `train_many` trained."""
    counted: list[int] = []
    whole = train_many

    def counting(*args: Any, **named: Any) -> Any:
        counted.append(len(named["recipes"]))
        return whole(*args, **named)

    monkeypatch.setattr("looplab.sklearn.training.train_many", counting)
    return counted


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::sklearn.exceptions.FitFailedWarning")  # fits fail as meant
@pytest.mark.filterwarnings("ignore:invalid value encountered in cast:RuntimeWarning")  # scikit-learn's, of classes NaN
@parametrize_with_checks(  # type: ignore[untyped-decorator]  # scikit-learn has no types
    [
        MLPGridSearchCV(MLPClassifier(random_state=0, n_members=2), {"alpha": [0.0, 0.1]}, cv=2),
        MLPRandomizedSearchCV(MLPRegressor(random_state=0), {"alpha": [0, 1]}, n_iter=2, random_state=0, cv=2),
    ]
)
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_the_grid_is_scikit_learns(calls: list[int]) -> None:
    X, y = load_iris(return_X_y=True)
    together = MLPGridSearchCV(quick(MLPClassifier), GRID, cv=3).fit(X, y)
    assert calls == [4 * 2] * 6 + [2]  # two architectures on three folds, then the best on all rows
    assert_found_alike(together, GridSearchCV(quick(MLPClassifier), GRID, cv=3).fit(X, y), X)
    assert (together.cv_results_["mean_fit_time"] > 0).all()


@pytest.mark.parametrize(
    "grid",
    [
        {"early_stopping": [False, True], "max_iter": [5, 10]},
        {"batch_size": [16, 32, 1000], "solver": ["adam", "sgd", "adamw"]},
        [{"activation": ["tanh", "relu"]}, {"learning_rate": ["cosine"], "n_members": [1, 3]}],
        {"standardize": [True, False], "random_state": [1, 2]},
    ],
)
@pytest.mark.parametrize("kind", [MLPClassifier, MLPRegressor])
def test_whatever_is_varied(kind: type, grid: Any, calls: list[int]) -> None:
    X, y = load_iris(return_X_y=True)
    folds = KFold(3, shuffle=True, random_state=0)
    together = MLPGridSearchCV(quick(kind), grid, cv=folds, return_train_score=True).fit(X, y)
    fits, trained_in = 3 * len(together.cv_results_["params"]), len(calls)
    assert trained_in < fits
    assert_found_alike(together, GridSearchCV(quick(kind), grid, cv=folds, return_train_score=True).fit(X, y), X)


def test_candidates_are_drawn_as_scikit_learn_draws_them() -> None:
    X, y = load_diabetes(return_X_y=True)
    drawn = {"alpha": loguniform(1e-5, 1), "learning_rate_init": loguniform(1e-3, 1e-1)}
    one, other = (
        search(quick(MLPRegressor), drawn, n_iter=4, random_state=3, cv=3).fit(X, y)
        for search in (MLPRandomizedSearchCV, RandomizedSearchCV)
    )
    assert_found_alike(one, other, X)


def test_within_a_pipeline_and_around_the_targets(calls: list[int]) -> None:
    X, y = load_diabetes(return_X_y=True)
    network = make_pipeline(PolynomialFeatures(2), quick(MLPRegressor))
    model = TransformedTargetRegressor(network, transformer=StandardScaler())
    grid = {"regressor__mlpregressor__alpha": [0.0, 1.0], "regressor__polynomialfeatures__degree": [1, 2]}
    together = MLPGridSearchCV(model, grid, cv=3).fit(X, y)
    assert calls == [4] * 6 + [2]
    assert_found_alike(together, GridSearchCV(model, grid, cv=3).fit(X, y), X)


def test_weights_groups_and_several_scores() -> None:
    X, y = load_breast_cancer(return_X_y=True)
    given = {"sample_weight": np.arange(len(y)) % 3, "groups": np.arange(len(y)) // 50}
    settings = {"scoring": ["neg_log_loss", "accuracy"], "refit": "accuracy", "cv": GroupKFold(3)}
    one, other = (
        search(quick(MLPClassifier), {"alpha": [0.0, 0.1]}, **settings).fit(X, y, **given)
        for search in (MLPGridSearchCV, GridSearchCV)
    )
    assert_found_alike(one, other, X)
    assert set(one.scorer_) == {"neg_log_loss", "accuracy"}


def test_random_state_none_draws_from_numpys_as_scikit_learn_does(calls: list[int]) -> None:
    X, y = load_iris(return_X_y=True)
    found = []
    for search in (MLPGridSearchCV, GridSearchCV):
        np.random.seed(5)
        folds = KFold(3, shuffle=True)
        found.append(search(quick(MLPClassifier, random_state=None), {"alpha": [0.0, 0.1]}, cv=folds).fit(X, y))
    assert calls[:4] == [4, 4, 4, 2]
    assert_found_alike(found[0], found[1], X)


def test_a_candidate_that_fails_gets_the_score_for_errors() -> None:
    X, y = load_iris(return_X_y=True)
    search = MLPGridSearchCV(quick(MLPClassifier), {"alpha": [0.0, -1.0]}, cv=3)
    with (
        pytest.warns(FitFailedWarning, match="alpha: expected a finite number, at least 0, got -1.0"),
        pytest.warns(UserWarning, match="non-finite"),
    ):
        search.fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_score"]).tolist() == [False, True]
    with pytest.raises(EstimatorError, match="alpha: expected a finite number"):
        search.set_params(error_score="raise").fit(X, y)


def test_another_estimator_is_refused() -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(EstimatorError, match=r"^estimator: expected one whose fit trains an MLPClassifier .* got SVC"):
        MLPGridSearchCV(SVC(), {"C": [1, 10]}).fit(X, y)


def test_what_is_passed_in_is_left_as_it_was() -> None:
    X, y = load_iris(return_X_y=True)
    search = MLPGridSearchCV(quick(MLPClassifier), {"alpha": [0.0]}, cv=3)
    before = np.random.get_state()[1].copy()  # type: ignore[index]  # one of NumPy's two kinds of state
    assert search.fit(X, y) is search
    np.testing.assert_array_equal(before, np.random.get_state()[1])  # type: ignore[index]  # as above
    assert (search.cv, search.n_splits_) == (3, 3)
    assert not hasattr(search.estimator, "coefs_")
    assert not hasattr(MLPGridSearchCV(quick(MLPClassifier), {}, cv=3, refit=False).fit(X, y), "best_estimator_")
