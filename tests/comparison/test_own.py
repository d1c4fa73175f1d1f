"""Arms of the user's own: what can be one, what is said of what cannot, how one is named on the command line."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeRegressor

from looplab import compare, predict
from looplab.comparison.comparison import Comparison
from looplab.comparison.examples import Examples
from looplab.comparison.named import arms_named
from looplab.comparison.own import check_own, fit_own
from looplab.comparison.preparation import TargetScale
from looplab.data import Task
from looplab.errors import ChoiceError, CompareError


class Broken(LinearRegression):  # type: ignore[misc]  # scikit-learn has no types
    """An estimator that cannot do something."""

    def __init__(self, way: str = "") -> None:
        super().__init__()
        self.way = way

    def fit(self, X: object, y: object, sample_weight: object = None) -> "Broken":
        if self.way == "raises":
            raise RuntimeError("no luck\ntoday")
        super().fit(X, y)
        return self

    def predict(self, X: object) -> np.ndarray:
        found = np.asarray(super().predict(X))
        return found[:3] if self.way == "cuts" else found * (np.nan if self.way == "NaN" else 1)


def examples(rows: int = 60) -> Examples:
    random = np.random.default_rng(0)
    X = random.normal(size=(rows, 2)).astype(np.float32)
    own = (1000 + 50 * X[:, :1]).astype(np.float64)
    scale = TargetScale.learn(own)
    return Examples(X=X, y=scale.apply(own), task="regression", classes=0, inner=(), seed=0, scale=scale, own=own)


def of_classes() -> Examples:
    given = examples()
    return replace(given, y=np.digitize(given.X[:, 0], [-0.5, 0.5]), task="multiclass", classes=4, scale=None, own=None)


def test_a_regressor_sees_the_target_in_its_own_unit_and_is_not_touched() -> None:
    estimator, given = KNeighborsRegressor(1), examples()
    fitted = fit_own("near", estimator, given)
    assert not hasattr(estimator, "n_features_in_")
    assert given.scale is not None
    assert given.own is not None
    np.testing.assert_allclose(given.scale.undo(fitted.predict(given.X))[0], given.own)


def test_a_class_that_the_rows_lack_gets_probability_0() -> None:
    given = of_classes()
    predicted = fit_own("forest", RandomForestClassifier(20, random_state=0), given).predict(given.X)
    assert predicted.shape == (1, 60, 4)
    assert predicted[0, :, 3].max() == 0
    assert (predicted[0].argmax(axis=1) == given.y).mean() > 0.9


@pytest.mark.parametrize(
    ("estimator", "task", "message"),
    [
        (RandomForestRegressor, "regression", "arm 'a': expected a scikit-learn estimator, got the class Random"),
        (RandomForestRegressor, "regression", "Make one: RandomForestRegressor()."),
        (
            3,
            "regression",
            "arm 'a': expected a scikit-learn estimator, with fit, predict and get_params, got 3, without",
        ),
        (LogisticRegression(), "regression", "expected a regressor: the target is a number, got LogisticRegression()"),
        (
            LinearSVC(),
            "binary",
            "expected predict_proba: arms are compared by the probabilities that they give to classes",
        ),
        (LinearRegression(), "multiclass", "got LinearRegression(), without it. Wrap it in sklearn.calibration."),
    ],
)
def test_what_cannot_be_an_arm(estimator: object, task: Task, message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)):
        check_own("a", estimator, task, ("linear",))


def test_a_name_is_taken_once() -> None:
    with pytest.raises(CompareError, match="arm 'linear': expected a name that no other arm has, got one of linear"):
        check_own("linear", LinearRegression(), "regression", ("linear",))


@pytest.mark.parametrize(
    ("way", "message"),
    [
        ("raises", "arm 'b': expected fit to work on a matrix of numbers without gaps, got RuntimeError: no luck. Try"),
        ("cuts", "arm 'b': expected predict to give 60×1 numbers, got shape (3, 1)"),
        ("NaN", "arm 'b': expected predict to give 60×1 numbers, got some that are not finite"),
    ],
)
def test_an_arm_that_fails_is_named(way: str, message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)):
        fit_own("b", Broken(way), examples()).predict(examples().X)


def steps(rows: int = 150) -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.uniform(-3, 3, size=(rows, 2))
    return pd.DataFrame(x, columns=["a", "b"]).assign(y=np.floor(2 * x[:, 0]) % 2 * 10 + 0.1 * random.normal(size=rows))


def compared(**options: object) -> Comparison:
    return compare(steps(), "y", repeats=1, seeds=1, curve=False, **options)  # type: ignore[arg-type]  # they are its own


def test_an_own_arm_is_compared_and_reported_and_another_is_saved(tmp_path: Path) -> None:
    found = compared(arms={"one tree": DecisionTreeRegressor(random_state=0)}, save_arm="gradient boosting")
    assert list(found.arms)[-1] == "one tree"
    assert list(found.scores()["arm"])[-1] == "one tree"
    assert found.gains["one tree"].estimate > 0.3
    assert found.winner == "gradient boosting"
    assert found.saved == "the gradient boosting"
    predictions = predict(found.save(tmp_path / "b.safetensors"), steps(30))
    X = found.model.preparation.apply(steps(30))
    assert found.model.scale is not None
    members = found.model.scale.undo(found.model.fitted.predict(X))[:, :, 0]
    np.testing.assert_allclose(predictions["prediction"], members[0])
    np.testing.assert_allclose(predictions["spread"], members.std(axis=0))
    assert (predictions["spread"] > 0).all()


def test_an_arm_to_save_is_one_that_there_is() -> None:
    with pytest.raises(ChoiceError, match=r"arm to save.*constant.*gradient boosting"):
        compared(save_arm="forest", arms={"forest": RandomForestRegressor()})


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_rivals.py").write_text(
        "from sklearn.linear_model import LinearRegression\n"
        "def plain_line(): return LinearRegression()\n"
        "ready = LinearRegression()\n"
        "def needs(one): return one\n"
    )
    (tmp_path / "my_broken.py").write_text("1 / 0\n")
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_arms_are_named_by_module_and_function() -> None:
    arms = arms_named(["my_rivals:plain_line", "my_rivals:ready", "sklearn.ensemble:RandomForestRegressor"])
    assert list(arms) == ["plain line", "ready", "RandomForestRegressor"]
    assert isinstance(arms["plain line"], LinearRegression)
    assert isinstance(arms["RandomForestRegressor"], RandomForestRegressor)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("forest", "--arm: expected module:function, where the function makes a scikit-learn estimator, got 'forest'"),
        ("my_rivals:", "--arm: expected module:function"),
        ("no_such_module:f", "--arm no_such_module: expected a module that can be imported, from "),
        ("no_such_module:f", "got ModuleNotFoundError: No module named 'no_such_module'"),
        ("my_broken:f", "got ZeroDivisionError: division by zero"),
        ("my_rivals:plain_lime", "plain_line"),
        (
            "my_rivals:needs",
            "--arm my_rivals:needs: expected a function that makes an estimator without arguments, got Type",
        ),
    ],
)
def test_words_that_name_no_arm(word: str, message: str) -> None:
    with pytest.raises((CompareError, ChoiceError), match=re.escape(message)):
        arms_named([word])


@pytest.mark.usefixtures("folder")
def test_each_arm_is_named_once() -> None:
    with pytest.raises(CompareError, match="arm 'ready': expected each name once, got it again, by 'my_rivals:ready'"):
        arms_named(["my_rivals:ready"] * 2)
