"""`LinearOrNeural…` are scikit-learn's estimators, and what `compare` recommends."""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_iris, make_moons
from sklearn.linear_model import LinearRegression
from sklearn.utils.estimator_checks import parametrize_with_checks

from looplab.errors import CompareError, EstimatorError
from looplab.sklearn import LinearOrNeuralClassifier, LinearOrNeuralRegressor

QUICK: dict[str, Any] = {"folds": 2, "repeats": 1, "n_members": 1, "random_state": 0}


@parametrize_with_checks(  # type: ignore[untyped-decorator]  # scikit-learn has no types
    [LinearOrNeuralClassifier(**QUICK), LinearOrNeuralRegressor(**QUICK)]
)
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_it_takes_the_linear_model_where_that_is_enough_and_a_network_where_it_is_not() -> None:
    random = np.random.default_rng(0)
    X = random.normal(size=(300, 3))
    line, bend = X @ [1.0, 2.0, 0.0] + 0.5 * random.normal(size=300), np.abs(X[:, 0]) * 3 + X[:, 1]
    linear = LinearOrNeuralRegressor(repeats=2, n_members=2, random_state=0).fit(X, line)
    assert (linear.answer_, linear.arm_) == ("linear", "linear")
    assert linear.score(X, line) > 0.9
    neural = LinearOrNeuralRegressor(repeats=2, n_members=2, random_state=0).fit(X, bend)
    assert neural.answer_ == "network"
    assert neural.arm_ in ("small network", "wide network")
    assert neural.sentence_.startswith("A neural network predicts better")
    assert neural.score(X, bend) > 0.95 > LinearRegression().fit(X, bend).score(X, bend) + 0.2
    assert set(neural.scores_["arm"]) == {"constant", "linear", "small network", "wide network", "gradient boosting"}


def test_noise_is_left_to_the_linear_model() -> None:
    X, y = np.random.default_rng(1).normal(size=(60, 2)), np.random.default_rng(2).normal(size=60)
    model = LinearOrNeuralRegressor(**QUICK).fit(X, y)
    assert (model.answer_, model.arm_) == ("undecided", "linear")
    assert "no model reliably predicts better" in model.sentence_


def test_results_depend_on_random_state_alone_and_survive_pickling() -> None:
    X, y = make_moons(120, noise=0.1, random_state=0)
    torch.manual_seed(1)
    before = torch.get_rng_state()
    first = LinearOrNeuralClassifier(repeats=1, n_members=2, random_state=3).fit(X, y)
    assert torch.equal(torch.get_rng_state(), before)
    torch.manual_seed(2)
    second = clone(first).fit(X, y)
    np.testing.assert_array_equal(first.predict_proba(X), second.predict_proba(X))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(first)).predict_proba(X), first.predict_proba(X))


def test_classes_keep_their_names_and_targets_may_be_several() -> None:
    X, y = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])
    model = LinearOrNeuralClassifier(**QUICK).fit(pd.DataFrame(X, columns=list("abcd")), names[y])
    assert set(model.predict(pd.DataFrame(X, columns=list("abcd")))) == set(names)
    assert list(model.feature_names_in_) == list("abcd")
    several = LinearOrNeuralRegressor(**QUICK).fit(X[:, :2], X[:, 2:])
    assert several.predict(X[:5, :2]).shape == (5, 2)


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"margin": 1.5}, "margin: expected a share from 0 to below 1, got 1.5. Try 0.1."),
        ({"folds": 1}, "folds: expected None or a whole number, at least 2, got 1"),
        ({"repeats": 0.5}, "repeats: expected None or a whole number, at least 1, got 0.5"),
        ({"n_members": "two"}, "n_members: expected None or a whole number, at least 1, got 'two'"),
    ],
)
def test_impossible_parameters_get_a_sentence(parameters: dict[str, Any], said: str) -> None:
    X, y = load_iris(return_X_y=True)
    with pytest.raises(EstimatorError) as raised:
        LinearOrNeuralClassifier(**parameters).fit(X, y)
    assert str(raised.value).startswith(said)


def test_too_few_rows_get_a_sentence() -> None:
    with pytest.raises(CompareError, match="rows of LinearOrNeuralRegressor: expected at least 10 for 5 folds, got 4"):
        LinearOrNeuralRegressor().fit([[0.0], [1.0], [2.0], [3.0]], [0.0, 1.0, 2.0, 3.5])
