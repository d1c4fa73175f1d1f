"""`partial_fit` is the training loop, an epoch a call, of each member; and what scikit-learn's users expect of it."""

import copy
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import learning_curve
from sklearn.preprocessing import StandardScaler
from torch import nn

from looplab import Recipe, mlp, train
from looplab.data import Dataset
from looplab.errors import DivergenceError, EstimatorError, UnavailableError
from looplab.loop import OPTIMIZERS
from looplab.sklearn import MLPClassifier, MLPGridSearchCV, MLPRegressor

ESTIMATORS = [MLPClassifier, MLPRegressor]
ELEMENTWISE = [name for name, optimizer in OPTIMIZERS.items() if optimizer.vmapped is None]
CLASSES = [0, 1, 2]
quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def small(kind: type, **parameters: Any) -> Any:
    settings = {
        "hidden_layer_sizes": (8, 4),
        "learning_rate_init": 0.01,
        "batch_size": 16,
        "n_members": 3,
        "random_state": 0,
    }
    return kind(**settings | parameters)


def iris() -> tuple[Any, Any]:
    X, y = load_iris(return_X_y=True)
    return X, y


def trained(model: Any, X: Any, y: Any, epochs: int, **given: Any) -> Any:
    """The model after so many calls with the same rows."""
    named = {"classes": CLASSES} if isinstance(model, MLPClassifier) else {}
    for _ in range(epochs):
        assert model.partial_fit(X, y, **named, **given) is model
    return model


def assert_same_members(one: Any, other: Any, rtol: float = 1e-9) -> None:
    for name in ("coefs_", "intercepts_"):
        for mine, theirs in zip(getattr(one, name), getattr(other, name), strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=rtol, atol=1e-12)


@pytest.mark.parametrize(
    ("parameters", "make"),
    [
        ({"solver": "adam", "alpha": 0.01}, lambda w: torch.optim.Adam(w, lr=0.01, weight_decay=0.01)),
        (
            {"solver": "sgd", "momentum": 0.8, "alpha": 0.0, "clip_norm": 0.3},
            lambda w: torch.optim.SGD(w, lr=0.01, momentum=0.8, nesterov=True),
        ),
    ],
)
def test_each_member_is_the_network_that_plain_pytorch_trains(parameters: dict[str, Any], make: Any) -> None:
    X, y = iris()
    first = int(np.random.RandomState(0).randint(2**31 - 1))
    rows, targets = torch.from_numpy(StandardScaler().fit_transform(X)), torch.from_numpy(y)
    model = small(MLPClassifier, activation="tanh", **parameters)
    networks, optimizers, orders = [], [], []
    for member in range(3):
        torch.manual_seed(first + member)
        layers = nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 4), nn.Tanh(), nn.Linear(4, 3)
        networks.append(nn.Sequential(*layers).double())
        optimizers.append(make(networks[-1].parameters()))
        orders.append(torch.Generator().manual_seed(first + member))
    for epoch in range(4):
        model.partial_fit(X, y, classes=CLASSES)
        losses: list[float] = []
        for member, (network, optimizer, order) in enumerate(zip(networks, optimizers, orders, strict=True)):
            for batch in torch.randperm(150, generator=order).split(16):
                optimizer.zero_grad()
                loss = nn.CrossEntropyLoss()(network(rows[batch]), targets[batch])
                loss.backward()
                losses.append(loss.item())
                if "clip_norm" in parameters:
                    nn.utils.clip_grad_norm_(network.parameters(), parameters["clip_norm"])
                optimizer.step()
            linear: list[Any] = list(network)[::2]
            for layer, W, b in zip(linear, model.coefs_, model.intercepts_, strict=True):
                np.testing.assert_allclose(W[member], layer.weight.detach().T, rtol=1e-9, atol=1e-12)
                np.testing.assert_allclose(b[member], layer.bias.detach(), rtol=1e-9, atol=1e-12)
        assert model.n_iter_ == len(model.loss_curve_) == epoch + 1
        assert model.loss_ == model.loss_curve_[-1] == pytest.approx(np.mean(losses), rel=1e-9)


def test_calls_with_the_same_rows_are_the_training_loop() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = trained(small(MLPRegressor, n_members=1, alpha=0.0), X, y, epochs=3)
    data = Dataset(
        name="diabetes",
        inputs=torch.from_numpy(StandardScaler().fit_transform(X)),
        targets=torch.from_numpy(StandardScaler().fit_transform(y[:, None])),
        task="regression",
        feature_names=tuple(map(str, range(10))),
        target_names=("progression",),
    )
    seed = int(np.random.RandomState(0).randint(2**31 - 1))
    recipe = Recipe(optimizer="adam", lr=0.01, epochs=3, batch_size=16, seed=seed)
    run = train(lambda: mlp(10, [8, 4], 1).double(), data, recipe)
    parameters = list(run.model.parameters())
    for W, b, weight, bias in zip(model.coefs_, model.intercepts_, parameters[::2], parameters[1::2], strict=True):
        np.testing.assert_allclose(W[0].T, weight.detach(), rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(b[0], bias.detach(), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(model.loss_curve_, run.train_loss.reshape(3, -1).mean(dim=1), rtol=1e-9)


@quiet
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("solver", ELEMENTWISE)
def test_calls_with_the_same_rows_are_a_fit(solver: str, weighted: bool) -> None:
    X, y = iris()
    weights = np.random.default_rng(0).integers(0, 3, 150) if weighted else None
    parts = trained(small(MLPClassifier, solver=solver), X, y, epochs=4, sample_weight=weights)
    whole = small(MLPClassifier, solver=solver, max_iter=4).fit(X, y, sample_weight=weights)
    assert_same_members(parts, whole, rtol=1e-6)
    np.testing.assert_allclose(parts.loss_curve_, whole.loss_curve_, rtol=1e-6)
    np.testing.assert_allclose(parts.predict_proba(X), whole.predict_proba(X), rtol=1e-6)
    assert (parts.n_iter_, parts.n_layers_, parts.n_features_in_) == (whole.n_iter_, whole.n_layers_, 4)
    assert parts.validation_curve_ is None


@quiet
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_rows_in_one_step_are_a_fit_too(kind: type) -> None:
    X, y = iris()
    some = slice(0, 150, 2)  # few enough that "auto" takes all of them
    parts = trained(small(kind, batch_size="auto"), X[some], y[some], epochs=5)
    assert_same_members(parts, small(kind, batch_size="auto", max_iter=5).fit(X[some], y[some]))


@quiet
def test_after_fit_it_goes_on_from_there_and_fit_starts_anew() -> None:
    X, y = iris()
    plain = {"solver": "sgd", "momentum": 0.0, "batch_size": 150}  # nothing to remember but the members
    model = small(MLPClassifier, max_iter=5, **plain).fit(X, y)
    model.partial_fit(X, y)
    longer = small(MLPClassifier, max_iter=6, **plain).fit(X, y)
    assert_same_members(model, longer)
    assert model.n_iter_ == 6
    np.testing.assert_allclose(model.loss_curve_, longer.loss_curve_, rtol=1e-9)
    assert_same_members(model.fit(X, y), small(MLPClassifier, max_iter=5, **plain).fit(X, y))
    assert model.n_iter_ == len(model.loss_curve_) == 5


@quiet
@pytest.mark.parametrize("kind", ESTIMATORS)
def test_fit_forgets_what_the_optimizer_remembered(kind: type) -> None:
    X, y = iris()
    one = trained(small(kind, max_iter=2), X, y, epochs=3).fit(X, y)
    other = small(kind, max_iter=2).fit(X, y)
    assert_same_members(trained(one, X, y, epochs=1), trained(other, X, y, epochs=1), rtol=0)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
def test_a_pickle_goes_on_and_a_clone_begins(solver: str) -> None:
    X, y = iris()
    model = trained(small(MLPClassifier, solver=solver), X, y, epochs=2)
    again, copied = pickle.loads(pickle.dumps(model)), copy.deepcopy(model)
    fresh = trained(clone(model), X, y, epochs=2)
    assert_same_members(fresh, model, rtol=0)
    trained(model, X, y, epochs=2)
    assert_same_members(trained(again, X, y, epochs=2), model, rtol=0)
    assert_same_members(trained(copied, X, y, epochs=2), model, rtol=0)
    assert not np.array_equal(fresh.coefs_[0], model.coefs_[0])


def test_a_stream_is_learnt() -> None:
    X, y = iris()
    names = np.array(["setosa", "versicolor", "virginica"])
    order = np.random.default_rng(0).permutation(150)
    model = small(MLPClassifier, batch_size="auto")
    for _ in range(20):
        for rows in np.split(order, 5):
            model.partial_fit(X[rows], names[y[rows]], classes=names)
    assert model.n_iter_ == 100
    assert model.classes_.tolist() == names.tolist()
    assert model.score(X, names[y]) > 0.9


def test_a_call_without_some_classes_teaches_the_others() -> None:
    X, y = iris()
    model = small(MLPClassifier).partial_fit(X[:60], y[:60], classes=[2, 0, 1])
    assert model.classes_.tolist() == CLASSES
    assert model.partial_fit(X[:50], y[:50]).predict_proba(X).shape == (150, 3)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {},
            (
                "classes: expected all classes that will ever come, in the first call of partial_fit, got None. "
                "Say classes=np.unique(all_y)."
            ),
        ),
        ({"classes": [0, 0]}, "classes: expected at least two classes, got one class"),
        (
            {"classes": [0, 2]},
            (
                "y: expected the classes [0, 2], got the label 1. "
                "Name all labels that will ever come as classes= in the first call of partial_fit."
            ),
        ),
        ({"classes": ["0", "1", "2"]}, "y: expected the classes ['0', '1', '2'], got the label 0."),
    ],
)
def test_classes_are_asked_for_in_the_first_call(given: dict[str, Any], message: str) -> None:
    X, y = iris()
    model = small(MLPClassifier)
    with pytest.raises(EstimatorError) as caught:
        model.partial_fit(X, y, **given)
    assert str(caught.value).startswith(message)
    assert_same_members(trained(model, X, y, 1), trained(small(MLPClassifier), X, y, 1), rtol=0)  # nothing is left


def test_other_classes_later_are_told() -> None:
    X, y = iris()
    model = trained(small(MLPClassifier), X, y, epochs=1)
    with pytest.raises(EstimatorError) as caught:
        model.partial_fit(X, y, classes=[0, 1])
    assert str(caught.value) == (
        "classes: expected [0, 1, 2], which the members know, got [0, 1]. "
        "Leave classes out, or start anew with partial_fit of a clone."
    )
    with pytest.raises(EstimatorError, match=r"^y: expected the classes \[0, 1, 2\], got the label 3\."):
        model.partial_fit(X, y + 1)
    assert model.n_iter_ == 1


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"learning_rate": "cosine"},
            (
                "learning_rate: expected 'constant' for partial_fit, which never knows its last epoch, got 'cosine'. "
                "Set learning_rate='constant', or use fit."
            ),
        ),
        (
            {"early_stopping": True},
            (
                "early_stopping: expected False for partial_fit, which sets no rows aside, got True. "
                "Set early_stopping=False, or use fit."
            ),
        ),
        (
            {"solver": "muon"},
            (
                "solver: expected one that updates each number by itself, for partial_fit, got 'muon': it makes whole "
                "matrices orthogonal. Use 'adam' or 'adamw', or fit."
            ),
        ),
    ],
)
def test_it_is_there_only_where_it_means_something(parameters: dict[str, Any], message: str) -> None:
    for kind in ESTIMATORS:
        model = small(kind, **parameters)
        assert not hasattr(model, "partial_fit")
        with pytest.raises(UnavailableError) as caught:
            model.partial_fit(*iris())
        assert str(caught.value) == message
        assert isinstance(caught.value, EstimatorError)
        assert str(pickle.loads(pickle.dumps(caught.value))) == message
        assert hasattr(small(kind), "partial_fit")
        assert callable(kind.partial_fit)


def test_what_is_impossible_is_told_as_in_fit() -> None:
    for kind in ESTIMATORS:
        with pytest.raises(EstimatorError, match=r"^learning_rate_init: expected a finite number above 0, got 0\."):
            trained(small(kind, learning_rate_init=0), *iris(), epochs=1)
        with pytest.raises(ValueError, match=r"^solver: expected one of .*, got 'adm'\. Did you mean 'adam'\?"):
            trained(small(kind, solver="adm"), *iris(), epochs=1)
        with pytest.raises(EstimatorError, match=r"^sample_weight: expected numbers, at least 0, got -1$"):
            trained(small(kind), *iris(), epochs=1, sample_weight=np.full(150, -1))


@quiet
@pytest.mark.parametrize("begun", ["fit", "partial_fit"])
@pytest.mark.parametrize(
    ("name", "value", "was"),
    [
        ("hidden_layer_sizes", (8,), "(8, 4)"),
        ("activation", "tanh", "'relu'"),
        ("n_members", 2, "3"),
        ("standardize", False, "True"),
    ],
)
def test_what_made_the_members_cannot_change(begun: str, name: str, value: Any, was: str) -> None:
    X, y = iris()
    model = small(MLPRegressor, max_iter=1)
    model = (model.fit if begun == "fit" else model.partial_fit)(X, y)
    before = getattr(model, name)
    with pytest.raises(EstimatorError) as caught:
        model.set_params(**{name: value}).partial_fit(X, y)
    assert str(caught.value) == (
        f"{name}: expected {was}, with which the members began, got {value!r}. "
        "Set it back, or start anew with fit, or with partial_fit of a clone."
    )
    assert model.set_params(**{name: before}).partial_fit(X, y).n_iter_ == 2


@quiet
def test_another_solver_has_no_use_for_what_one_remembers_but_can_follow_a_fit() -> None:
    X, y = iris()
    model = trained(small(MLPRegressor), X, y, epochs=1)
    with pytest.raises(EstimatorError, match=r"^solver: expected 'adam', with which the members began, got 'sgd'\."):
        model.set_params(solver="sgd").partial_fit(X, y)
    muon = small(MLPRegressor, solver="muon", learning_rate="cosine", max_iter=2).fit(X, y)
    assert muon.set_params(solver="adam", learning_rate="constant").partial_fit(X, y).n_iter_ == 3


@pytest.mark.parametrize(
    "change", [{"learning_rate_init": 0.1}, {"alpha": 1.0}, {"batch_size": 50}, {"clip_norm": 0.1}]
)
def test_what_else_changes_counts_from_the_next_call_on(change: dict[str, Any]) -> None:
    X, y = iris()
    one, other, whole = (trained(small(MLPClassifier), X, y, epochs=1) for _ in range(3))
    one.set_params(**change).partial_fit(X, y)
    other.partial_fit(X, y)
    assert not np.allclose(one.coefs_[0], other.coefs_[0], rtol=1e-3)
    assert_same_members(whole.set_params(random_state=5).partial_fit(X, y), other, rtol=0)  # that one was used up


def test_scales_are_those_of_the_first_call() -> None:
    X, y = load_diabetes(return_X_y=True)
    mean, scale = X[:200].mean(axis=0), X[:200].std(axis=0)
    target_mean, target_scale = y[:200].mean(), y[:200].std()
    model, plain = small(MLPRegressor), small(MLPRegressor, standardize=False)
    for rows in (slice(0, 200), slice(200, 442)):
        model.partial_fit(X[rows], y[rows])
        plain.partial_fit((X[rows] - mean) / scale, (y[rows] - target_mean) / target_scale)
    assert_same_members(model, plain, rtol=1e-6)
    np.testing.assert_allclose(
        model.predict(X), target_mean + target_scale * plain.predict((X - mean) / scale), rtol=1e-6
    )


@pytest.mark.parametrize("solver", ["adam", "sgd", "radam"])
def test_a_member_that_diverges_is_left_out_and_the_others_do_not_notice(solver: str) -> None:
    X, y = iris()
    model, twin = (trained(small(MLPRegressor, solver=solver), X, y, epochs=2) for _ in range(2))
    model.coefs_[0][1] = 1e300
    with pytest.warns(ConvergenceWarning) as told:
        model.partial_fit(X, y)
    assert str(told[0].message) == (
        "MLPRegressor: 1 of 3 members diverged and are left out. "
        "Try a learning_rate_init ten times smaller, or clip_norm=1."
    )
    assert told[0].filename == __file__
    twin.partial_fit(X, y)
    for _ in range(2):
        for mine, theirs in zip(model.coefs_ + model.intercepts_, twin.coefs_ + twin.intercepts_, strict=True):
            np.testing.assert_allclose(mine, theirs[[0, 2]], rtol=1e-9, atol=1e-12)
        trained(model, X, y, epochs=1)
        trained(twin, X, y, epochs=1)
    assert np.isfinite(model.loss_curve_).all()


def test_where_all_diverge_the_members_stay_as_they_were() -> None:
    X, y = iris()
    model, twin = (trained(small(MLPRegressor, solver="sgd"), X, y, epochs=1) for _ in range(2))
    with pytest.raises(DivergenceError, match=r"^MLPRegressor: the loss of every member, that of the first at step \d"):
        model.set_params(learning_rate_init=1e200).partial_fit(X, y)
    assert model.loss_curve_ == twin.loss_curve_
    model.set_params(learning_rate_init=0.01).partial_fit(X, y)
    assert_same_members(model, twin.partial_fit(X, y), rtol=0)


def test_where_all_diverge_at_first_the_next_call_is_the_first() -> None:
    X, y = iris()
    model = small(MLPRegressor, solver="sgd", learning_rate_init=1e200)
    with pytest.raises(DivergenceError):
        model.partial_fit(X, y)
    assert not hasattr(model, "coefs_")
    model.set_params(learning_rate_init=0.01).partial_fit(X[:, :2], y)
    assert model.n_features_in_ == 2


@pytest.mark.parametrize(("first", "later"), [(np.float32, np.float64), (np.float64, np.float32)])
def test_the_first_rows_say_in_what_the_members_compute(first: Any, later: Any) -> None:
    X, y = iris()
    model = trained(small(MLPClassifier), X.astype(first), y, epochs=1, sample_weight=y + 1)
    trained(model, X.astype(later), y, epochs=1, sample_weight=y + 1)
    assert {each.dtype for each in model.coefs_ + model.intercepts_} == {np.dtype(first)}
    other = trained(small(MLPClassifier), X, y, epochs=2, sample_weight=y + 1)
    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), atol=1e-4)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_weights_count_as_repeated_rows(kind: type) -> None:
    X, y = iris()
    times = np.random.default_rng(0).integers(0, 3, len(y))
    weighted = trained(small(kind, batch_size=1000), X, y, epochs=3, sample_weight=7 * times)
    repeated = trained(small(kind, batch_size=1000), X.repeat(times, axis=0), y.repeat(times), epochs=3)
    assert_same_members(weighted, repeated, rtol=1e-6)


def test_several_targets_stay_several() -> None:
    X, y = load_diabetes(return_X_y=True)
    both = np.stack([y, 100 - y], axis=1)
    model = trained(small(MLPRegressor), X, both, epochs=2)
    assert model.predict(X).shape == (442, 2)
    with pytest.raises(EstimatorError) as caught:
        model.partial_fit(X, y)
    assert str(caught.value) == (
        "y: expected as many numbers a row as in the first call, 2, got 1. "
        "Start anew with fit, or with partial_fit of a clone."
    )


def test_other_columns_and_gaps_are_told() -> None:
    X, y = iris()
    model = trained(small(MLPClassifier), X, y, epochs=1)
    with pytest.raises(ValueError, match="X has 3 features, but MLPClassifier is expecting 4 features"):
        model.partial_fit(X[:, :3], y)
    with pytest.raises(ValueError, match="Input X contains NaN"):
        model.partial_fit(np.where(X > 5, np.nan, X), y)
    assert model.n_iter_ == 1


def test_what_surrounds_it_stays_as_it_was() -> None:
    X, y = iris()
    torch.manual_seed(3)
    np.random.seed(3)
    states, threads = (torch.get_rng_state(), np.random.get_state(legacy=True)), torch.get_num_threads()
    given = X.copy()
    with torch.inference_mode():  # a caller who has switched gradients off
        model = trained(small(MLPClassifier), X, y, epochs=2, sample_weight=y + 1)
        assert torch.is_inference_mode_enabled()
    assert torch.equal(torch.get_rng_state(), states[0])
    assert pickle.dumps(np.random.get_state(legacy=True)) == pickle.dumps(states[1])
    np.testing.assert_array_equal(X, given)
    assert torch.get_num_threads() == threads
    assert_same_members(model, trained(small(MLPClassifier), X, y, epochs=2, sample_weight=y + 1), rtol=0)


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_learning_curves_grow_a_member_at_a_time(kind: type) -> None:
    X, y = iris()
    order = np.random.default_rng(0).permutation(150)
    sizes, _, scores = learning_curve(
        small(kind, batch_size=4), X[order], y[order], cv=3, exploit_incremental_learning=True, error_score="raise"
    )
    assert scores.shape == (len(sizes), 3)
    assert scores[-1].mean() > scores[0].mean()


@quiet
def test_a_search_trains_as_before_and_its_best_goes_on() -> None:
    X, y = iris()
    model = small(MLPClassifier, max_iter=5)
    search = MLPGridSearchCV(model, {"alpha": [0.0, 0.1]}, cv=3).fit(X, y)
    best = clone(model).set_params(**search.best_params_).fit(X, y)
    assert_same_members(search.best_estimator_.partial_fit(X, y), best.partial_fit(X, y))
    assert not hasattr(search, "partial_fit")


@quiet
def test_a_search_over_what_learns_in_parts_is_refused() -> None:
    X, y = iris()

    class InParts(MLPClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return self.partial_fit(X, y, sample_weight, classes=CLASSES)

    with pytest.raises(EstimatorError, match="expected one whose fit trains an MLPClassifier or MLPRegressor"):
        MLPGridSearchCV(small(InParts), {"alpha": [0.0, 0.1]}, cv=3).fit(X, y)


@pytest.mark.checkout
def test_the_example_of_the_documentation_runs(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "docs" / "scikit-learn.md").read_text(encoding="utf-8")
    (example,) = [part for part in text.split("```python\n")[1:] if "partial_fit" in part.partition("```")[0]]
    exec(compile(example.partition("```")[0], "docs/scikit-learn.md", "exec"), {})
    score = float(capsys.readouterr().out)
    assert 0.9 < score <= 1
