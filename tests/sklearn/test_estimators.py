"""`MLPClassifier` and `MLPRegressor` are what scikit-learn's users expect, and what the engine trains."""

import pickle
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_diabetes, load_iris, load_wine, make_moons
from sklearn.exceptions import ConvergenceWarning, DataConversionWarning, NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from torch import nn

import looplab.sklearn
from looplab.errors import ChoiceError, DivergenceError, EstimatorError
from looplab.sklearn import MLPClassifier, MLPRegressor

ESTIMATORS = [MLPClassifier, MLPRegressor]
quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def iris() -> tuple[Any, Any]:
    X, y = load_iris(return_X_y=True)
    return X, y


def small(kind: type, **parameters: Any) -> Any:
    """An estimator that is quick and learns."""
    settings = {"hidden_layer_sizes": (8,), "learning_rate_init": 0.01, "max_iter": 60, "random_state": 0, "tol": 1.0}
    return kind(**settings | parameters)


@quiet
@parametrize_with_checks(  # type: ignore[untyped-decorator]  # scikit-learn has no types
    [
        MLPClassifier(),
        MLPRegressor(),
        MLPClassifier(
            hidden_layer_sizes=(8, 4), activation="tanh", solver="adamw", learning_rate="cosine", n_members=1
        ),
        MLPRegressor(hidden_layer_sizes=(), solver="sgd", learning_rate_init=0.01, standardize=False, clip_norm=1.0),
    ]
)
def test_scikit_learns_own_checks(estimator: Any, check: Any) -> None:
    check(estimator)


def test_all_that_is_promised_is_there() -> None:
    assert {"MLPClassifier", "MLPRegressor"} <= set(looplab.sklearn.__all__) <= set(dir(looplab.sklearn))


def test_members_are_the_networks_that_plain_pytorch_trains() -> None:
    X, y = make_moons(60, noise=0.1, random_state=0)
    model = small(MLPClassifier, n_members=2, max_iter=30, solver="sgd", momentum=0.0, alpha=0.01).fit(X, y)
    scaled = torch.from_numpy(StandardScaler().fit_transform(X))
    first = int(np.random.RandomState(0).randint(2**31 - 1))
    probabilities = []
    for seed in (first, first + 1):
        torch.manual_seed(seed)
        network = nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)).double()
        optimizer = torch.optim.SGD(network.parameters(), lr=0.01, weight_decay=0.01)
        for _ in range(30):
            optimizer.zero_grad()
            nn.BCEWithLogitsLoss()(network(scaled)[:, 0], torch.from_numpy(y).double()).backward()
            optimizer.step()
        probabilities.append(torch.sigmoid(network(scaled)[:, 0]).detach().numpy())
    np.testing.assert_allclose(model.predict_proba(X)[:, 1], np.mean(probabilities, axis=0), rtol=1e-9)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_results_depend_on_random_state_alone(kind: type) -> None:
    X, y = iris()
    torch.manual_seed(1)
    np.random.seed(1)
    one = small(kind, batch_size=16).fit(X, y)
    torch.manual_seed(2)
    np.random.seed(2)
    np.testing.assert_array_equal(one.predict(X), small(kind, batch_size=16).fit(X, y).predict(X))
    other = small(kind, batch_size=16, random_state=1).fit(X, y)
    assert not np.array_equal(one.coefs_[0], other.coefs_[0])


def test_more_members_contain_the_fewer() -> None:
    X, y = iris()
    few, many = (small(MLPClassifier, n_members=members).fit(X, y) for members in (2, 5))
    np.testing.assert_allclose(many.coefs_[0][:2], few.coefs_[0], rtol=1e-12)
    assert many.coefs_[0].shape == (5, 4, 8)
    assert many.intercepts_[1].shape == (5, 3)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_a_clone_and_a_pickle_say_the_same(kind: type) -> None:
    X, y = iris()
    model = small(kind).fit(X, y)
    assert clone(model).get_params() == model.get_params()
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict(X), model.predict(X))


def test_names_of_classes_come_back() -> None:
    X, y = iris()
    names = np.array(["setosa", "versicolor", "virginica"])[y]
    model = small(MLPClassifier).fit(X, names)
    assert model.classes_.tolist() == ["setosa", "versicolor", "virginica"]
    assert model.score(X, names) > 0.9
    np.testing.assert_allclose(np.exp(model.predict_log_proba(X)), model.predict_proba(X))


def test_numbers_of_any_size_are_learnt_and_come_back() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = small(MLPRegressor).fit(X * 1e4, 1e6 * y)
    np.testing.assert_allclose(model.predict(X * 1e4), 1e6 * small(MLPRegressor).fit(X, y).predict(X), rtol=1e-6)
    assert model.score(X * 1e4, 1e6 * y) > 0.4


def test_without_standardize_the_networks_see_what_is_given() -> None:
    X, y = iris()
    scaled = StandardScaler().fit_transform(X)
    plain = small(MLPClassifier, standardize=False)
    np.testing.assert_allclose(plain.fit(scaled, y).coefs_[0], small(MLPClassifier).fit(X, y).coefs_[0], rtol=1e-9)
    assert not np.allclose(plain.fit(X, y).coefs_[0], small(MLPClassifier).fit(X, y).coefs_[0])


def test_float32_stays_float32() -> None:
    X, y = iris()
    narrow, wide = small(MLPClassifier).fit(X.astype(np.float32), y), small(MLPClassifier).fit(X, y)
    assert (narrow.coefs_[0].dtype, wide.coefs_[0].dtype) == (np.float32, np.float64)
    np.testing.assert_allclose(narrow.predict_proba(X), wide.predict_proba(X), atol=1e-3)


def test_several_targets_are_one_network() -> None:
    X, y = load_diabetes(return_X_y=True)
    both = np.stack([y, 100 - y], axis=1)
    predicted = small(MLPRegressor).fit(X, both).predict(X)
    assert predicted.shape == (442, 2)
    assert np.corrcoef(predicted[:, 0], predicted[:, 1])[0, 1] < -0.9


def test_a_column_is_taken_with_scikit_learns_warning() -> None:
    X, y = iris()
    for kind in ESTIMATORS:
        with pytest.warns(DataConversionWarning):
            assert small(kind).fit(X, y[:, None]).predict(X).shape == (150,)


def test_data_frames_keep_their_names() -> None:
    frame = load_wine(as_frame=True)
    model = small(MLPClassifier).fit(frame.data, frame.target)
    assert model.feature_names_in_.tolist() == list(frame.data.columns)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame.data.rename(columns={"hue": "colour"}))


def test_pipelines_grids_and_folds_take_them() -> None:
    X, y = load_wine(return_X_y=True, as_frame=True)
    X = X.assign(kind=np.where(X["alcohol"] > 13, "strong", "light"))
    columns = make_column_transformer((OneHotEncoder(sparse_output=False), ["kind"]), remainder="passthrough")
    pipeline = make_pipeline(columns, small(MLPClassifier, n_members=2)).set_output(transform="pandas")
    assert cross_val_score(pipeline, X, y, cv=3).mean() > 0.9
    search = GridSearchCV(pipeline, {"mlpclassifier__hidden_layer_sizes": [(2,), (8,)]}, cv=3).fit(X, y)
    assert search.best_params_["mlpclassifier__hidden_layer_sizes"] in [(2,), (8,)]
    assert isinstance(search.best_estimator_[:-1].transform(X), pd.DataFrame)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_weights_count_as_repeated_rows_and_only_their_ratios_matter(kind: type) -> None:
    X, y = iris()
    times = np.random.default_rng(0).integers(0, 3, len(y))
    weighted = small(kind, batch_size=1000).fit(X, y, sample_weight=times)
    repeated = small(kind, batch_size=1000).fit(X.repeat(times, axis=0), y.repeat(times))
    scaled = small(kind, batch_size=1000).fit(X, y, sample_weight=7e3 * times)
    np.testing.assert_allclose(weighted.coefs_[0], repeated.coefs_[0], rtol=1e-6)
    np.testing.assert_allclose(weighted.coefs_[0], scaled.coefs_[0], rtol=1e-6)


def test_a_negative_weight_is_told() -> None:
    X, y = iris()
    with pytest.raises(EstimatorError, match=r"^sample_weight: expected numbers, at least 0, got -2$"):
        MLPClassifier().fit(X, y, sample_weight=np.where(y == 1, -2, 1))


@quiet
def test_rows_of_weight_zero_are_never_seen() -> None:
    X, y = iris()
    weights = np.arange(150) % 2
    spoilt = np.where(weights[:, None] > 0, X, 1e6)
    for settings in ({}, {"batch_size": 16}, {"early_stopping": True}):
        one = small(MLPClassifier, **settings).fit(spoilt, y, sample_weight=weights)
        other = small(MLPClassifier, **settings).fit(X[1::2], y[1::2])
        np.testing.assert_allclose(one.coefs_[0], other.coefs_[0], rtol=1e-6)


def test_early_stopping_keeps_the_parameters_of_the_lowest_loss() -> None:
    X, y = load_diabetes(return_X_y=True)
    settings: dict[str, Any] = {"learning_rate_init": 0.01, "random_state": 0, "n_members": 1}
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a training that was stopped ends without a warning
        model = MLPRegressor(early_stopping=True, n_iter_no_change=5, **settings).fit(X, y)
    curve = model.validation_curve_ or []
    assert model.n_iter_ == len(curve) == len(model.loss_curve_) == int(np.argmin(curve)) + 1 + 5 < 200
    with pytest.warns(ConvergenceWarning):
        shorter = MLPRegressor(early_stopping=True, max_iter=int(np.argmin(curve)) + 1, **settings).fit(X, y)
    np.testing.assert_allclose(model.predict(X), shorter.predict(X), rtol=1e-9)


def test_the_loss_of_each_epoch_is_there() -> None:
    X, y = iris()
    model = small(MLPClassifier, batch_size=16).fit(X, y)
    assert len(model.loss_curve_) == model.n_iter_ == 60
    assert model.loss_curve_[-1] == model.loss_ < model.loss_curve_[0] < 2
    assert model.validation_curve_ is None
    assert model.n_layers_ == 3


def test_too_few_epochs_are_told_in_a_sentence() -> None:
    X, y = iris()
    with pytest.warns(ConvergenceWarning) as told:
        MLPClassifier(max_iter=20, random_state=0).fit(X, y)
    assert " ".join(str(each.message) for each in told) == (
        "MLPClassifier: 4 of 4 members were still learning when max_iter=20 epochs ended. "
        "Raise max_iter or learning_rate_init."
    )


def test_divergence_is_an_error_where_no_member_is_left() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = small(MLPRegressor, solver="sgd", learning_rate_init=1e30)
    with pytest.raises(DivergenceError, match=r"MLPRegressor: the loss of every member, that of the first at step \d+"):
        model.fit(X, y)
    assert not hasattr(model, "coefs_")


def test_a_fit_that_fails_leaves_nothing_of_the_one_before() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = small(MLPRegressor).fit(X, y)
    with pytest.raises(DivergenceError):
        model.set_params(solver="sgd", learning_rate_init=1e30).fit(1e3 * X, y)
    with pytest.raises(NotFittedError):
        model.predict(X)


def test_members_that_diverge_are_left_out_with_a_warning() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = small(MLPRegressor, solver="sgd", momentum=0.0, max_iter=200, hidden_layer_sizes=(64, 64), n_members=16)
    for rate in np.geomspace(0.3, 3, 30):
        with warnings.catch_warnings(record=True) as told:
            warnings.simplefilter("always")
            try:
                model.set_params(learning_rate_init=float(rate)).fit(X, y)
            except DivergenceError:
                continue
        if len(model.coefs_[0]) < 16:
            lost = 16 - len(model.coefs_[0])
            assert str(told[0].message).startswith(f"MLPRegressor: {lost} of 16 members diverged and are left out.")
            assert np.isfinite(model.predict(X)).all()
            return
    pytest.fail("at every rate all members learnt, or none did")


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"hidden_layer_sizes": (8, 0)}, "hidden_layer_sizes: expected whole numbers, each at least 1, got (8, 0)."),
        ({"hidden_layer_sizes": "8"}, "hidden_layer_sizes: expected whole numbers, each at least 1, got '8'."),
        ({"max_iter": 0}, "max_iter: expected a whole number, at least 1, got 0"),
        ({"n_members": 1.5}, "n_members: expected a whole number, at least 1, got 1.5"),
        ({"n_iter_no_change": 0}, "n_iter_no_change: expected a whole number, at least 1, got 0"),
        ({"alpha": -1}, "alpha: expected a finite number, at least 0, got -1"),
        ({"tol": np.nan}, "tol: expected a finite number, at least 0, got nan"),
        ({"learning_rate_init": 0}, "learning_rate_init: expected a finite number above 0, got 0. Try 0.01."),
        ({"batch_size": "all"}, "batch_size: expected 'auto' or a whole number, at least 1, got 'all'"),
        ({"clip_norm": 0}, "clip_norm: expected None or a finite number above 0, got 0"),
        ({"momentum": 1}, "momentum: expected a number from 0 to below 1, got 1"),
        ({"validation_fraction": 1}, "validation_fraction: expected a number between 0 and 1, got 1. Try 0.1."),
        ({"early_stopping": "yes"}, "early_stopping: expected True or False, got 'yes'"),
        ({"early_stopping": True, "validation_fraction": 0.999}, "early_stopping: expected more samples than the 150"),
    ],
)
def test_what_is_impossible_is_told(parameters: dict[str, Any], message: str) -> None:
    for kind in ESTIMATORS:
        with pytest.raises(EstimatorError) as caught:
            small(kind, **parameters).fit(*iris())
        assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("parameter", "name", "nearest"),
    [("solver", "lbfgs", ""), ("activation", "logistc", ""), ("learning_rate", "cosin", "cosine")],
)
def test_an_unknown_name_lists_the_choices(parameter: str, name: str, nearest: str) -> None:
    with pytest.raises(ChoiceError, match=rf"^{parameter}: expected one of .*, got '{name}'.*{nearest}"):
        small(MLPClassifier, **{parameter: name}).fit(*iris())


def test_scikit_learns_name_of_the_sigmoid_is_known() -> None:
    X, y = iris()
    one, other = (small(MLPClassifier, activation=name).fit(X, y) for name in ("logistic", "sigmoid"))
    np.testing.assert_array_equal(one.predict_proba(X), other.predict_proba(X))


def test_one_class_is_refused_and_so_are_several_labels() -> None:
    X, y = iris()
    with pytest.raises(EstimatorError, match=r"y: expected at least two classes, got one class, .*DummyClassifier"):
        MLPClassifier().fit(X, np.zeros(150))
    with pytest.raises(EstimatorError, match=r"y: expected one class a row, got 2 columns\. .*MultiOutputClassifier"):
        MLPClassifier().fit(X, np.stack([y > 0, y > 1], axis=1))


def test_nothing_is_predicted_before_it_is_learnt() -> None:
    with pytest.raises(NotFittedError):
        MLPClassifier().predict(iris()[0])


@quiet
def test_stopping_early_works_where_a_class_has_one_row() -> None:
    X, y = iris()
    y = np.where(np.arange(150) == 0, 3, y)
    assert small(MLPClassifier, early_stopping=True, tol=0.0001).fit(X, y).classes_.tolist() == [0, 1, 2, 3]


def test_batches_by_size() -> None:
    X, y = iris()
    whole = small(MLPClassifier, batch_size=150).fit(X, y)
    more = small(MLPClassifier, batch_size=10_000).fit(X, y)
    np.testing.assert_array_equal(whole.coefs_[0], more.coefs_[0])
