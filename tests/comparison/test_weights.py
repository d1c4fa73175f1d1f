"""Weights of rows: read from a column, used by every arm's fit, by every choice and by every score."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from looplab import compare
from looplab.comparison.baselines import fit_constant
from looplab.comparison.examples import Examples, PreparedFold
from looplab.comparison.folds import Split
from looplab.comparison.measure import ARMS, measure
from looplab.comparison.metrics import METRICS
from looplab.comparison.preparation import Preparation, TargetScale
from looplab.comparison.scoring import Scoring
from looplab.comparison.table import make_table
from looplab.comparison.weights import in_proportion
from looplab.errors import ChoiceError, CompareError


def table(weights: list[Any] | np.ndarray) -> pd.DataFrame:
    rows = len(weights)
    return pd.DataFrame({"x": np.arange(rows) * 1.5, "y": np.arange(rows) ** 1.5, "w": weights})


def test_the_column_is_read_and_is_no_input() -> None:
    made = make_table(table([1.0, 2.0, 3.0, 2.0]), "y", weights="w")
    assert list(made.columns) == ["x"]
    assert made.weights is not None
    assert made.weights.tolist() == [0.5, 1.0, 1.5, 1.0]
    assert "Rows are weighted by 'w': they tell as much as 4 rows of equal weight." in made.notes
    assert make_table(table([1.0, 2.0, 3.0, 2.0]), "y").weights is None


def test_rows_of_weight_0_are_left_out() -> None:
    made = make_table(table([0, 2, 0, 2, 2]), "y", weights="w")
    assert made.columns["x"].tolist() == [1.5, 4.5, 6.0]
    assert "2 rows of weight 0 left out." in made.notes


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1, 2, -1, 3], "table, weights 'w', row 3: expected a number, at least 0, got '-1'"),
        (
            [1.0, None, 1.0, 3.0],
            "weights 'w', row 2: expected a number, at least 0, got none. Fill it in, or drop the row: weight 0 leaves",
        ),
        ([0.0, 0.0, 0.0, 0.0], "weights 'w': expected at least one above 0, got 0 in every row"),
        (["much", "little", "much", "little"], "weights 'w', row 1: expected a number, at least 0, got 'much'"),
        ([1e-12, 1.0, 1.0, 1.0], "expected the largest at most 1e+09 times the smallest, got 1e-12 and 1. Write 0"),
    ],
)
def test_impossible_weights_are_refused(weights: list[Any], message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)):
        make_table(table(weights), "y", weights="w")


def test_the_column_must_be_one_of_its_own() -> None:
    data = table([1.0, 2.0, 3.0, 2.0])
    with pytest.raises(CompareError, match="target: expected another column than groups, time and weights, got 'y'"):
        make_table(data, "y", weights="y")
    with pytest.raises(CompareError, match="weights: expected another column than groups and time, got 'w'"):
        make_table(data, "y", weights="w", groups="w")
    with pytest.raises(ChoiceError, match=r"weights column of table: expected one of .*, got 'wt'"):
        make_table(data, "y", weights="wt")
    with pytest.raises(CompareError, match="weights: expected a column of a table, got 'w' beside the dataset 'iris'"):
        make_table("iris", None, weights="w")


def test_what_is_prepared_without_weights_is_named() -> None:
    random = np.random.default_rng(0)
    data = pd.DataFrame({"post code": [f"p{each}" for each in random.integers(0, 60, 400)]})
    data = data.assign(y=random.normal(size=400), w=random.uniform(1, 2, 400))
    assert any("categories of 'post code' become numbers" in note for note in make_table(data, "y", weights="w").notes)


def test_rows_in_proportion_to_their_weights() -> None:
    rows, weights = np.array([5, 6, 7]), np.array([0.3, 0.6, 2.1])
    drawn = in_proportion(rows, weights)
    assert np.bincount(drawn)[5:].tolist() == [1, 3, 8]
    assert in_proportion(rows, None).tolist() == [5, 6, 7]


def two_worlds(task: Any) -> tuple[Examples, Examples]:
    """Rows that follow x, and as many with a weight of a thousandth that follow -x; and the first alone."""
    random = np.random.default_rng(0)
    x = random.uniform(-1.5, 1.5, 160)
    truth = np.where(np.arange(160) % 2 == 0, x, -x)
    weights = np.where(np.arange(160) % 2 == 0, 1.0, 0.001)
    y = truth.astype(np.float32)[:, None] if task == "regression" else (truth > 0).astype(np.int64)
    order = random.permutation(160)
    inner = (Split(order[32:], order[:32]),)
    X = x.astype(np.float32)[:, None]
    weighted = Examples(
        X=X, y=y, task=task, classes=0 if task == "regression" else 2, inner=inner, seed=0, weights=weights
    )
    return weighted, Examples(X=X, y=y, task=task, classes=weighted.classes, inner=inner, seed=0)


@pytest.mark.parametrize("task", ["regression", "binary"])
@pytest.mark.parametrize("arm", [name for name in ARMS if name != "constant"])
def test_every_arm_learns_from_the_rows_that_count(arm: str, task: str) -> None:
    weighted, equal = two_worlds(task)
    asked = np.array([[-1.0], [1.0]], dtype=np.float32)
    with_weights, without = (ARMS[arm](each, 2, None).predict(asked).mean(axis=0)[:, -1] for each in (weighted, equal))
    assert with_weights[1] - with_weights[0] > 0.8
    assert abs(without[1] - without[0]) < 0.6, "without weights the two worlds cancel"


def test_the_constant_prediction_is_the_weighted_mean() -> None:
    split = (Split(np.arange(2), np.arange(2)),)
    X, weights = np.zeros((3, 1), dtype=np.float32), np.array([1.0, 1.0, 2.0])
    numbers = Examples(
        X=X,
        y=np.array([[0.0], [2.0], [5.0]], dtype=np.float32),
        task="regression",
        classes=0,
        inner=split,
        seed=0,
        weights=weights,
    )
    classes = Examples(X=X, y=np.array([0, 0, 1]), task="binary", classes=2, inner=split, seed=0, weights=weights)
    assert fit_constant(numbers).predict(X)[0, 0].tolist() == [3.0]
    assert fit_constant(classes).predict(X)[0, 0].tolist() == [0.5, 0.5]


def test_scores_are_weighted() -> None:
    targets = np.array([[0.0], [2.0], [10.0]])
    fold = PreparedFold(
        examples=Examples(
            X=np.zeros((2, 1), dtype=np.float32),
            y=np.array([[-1.0], [1.0]], dtype=np.float32),
            task="regression",
            classes=0,
            inner=(Split(np.arange(1), np.arange(1)),),
            seed=0,
        ),
        test_inputs=np.zeros((3, 1), dtype=np.float32),
        test_targets=targets,
        preparation=Preparation((), ()),
        scale=TargetScale(0.0, 1.0),
        test_weights=np.array([1.0, 1.0, 2.0]),
    )
    scoring = Scoring(METRICS["mse"], (METRICS["mae"],))
    scores = measure([fold], {"constant": ARMS["constant"]}, 1, scoring, lambda: None)["constant"][0]
    assert scores.losses.tolist() == [(0 + 4 + 2 * 100) / 4]
    assert scores.measures["MAE"].tolist() == [(0 + 2 + 2 * 10) / 4]


def test_only_proportions_of_weights_matter_and_they_change_the_answer() -> None:
    random = np.random.default_rng(0)
    x = random.uniform(-2, 2, 120)
    straight = np.arange(120) % 2 == 0
    y = np.where(straight, 3 * x, 5 * np.cos(3 * x)) + 0.3 * random.normal(size=120)
    data = pd.DataFrame({"x": x, "y": y, "w": np.where(straight, 4.0, 0.004)})
    found = compare(data, "y", weights="w", repeats=1, seeds=1, curve=False)
    scaled = compare(data.assign(w=1024 * data["w"]), "y", weights="w", repeats=1, seeds=1, curve=False)
    assert found.sentence == scaled.sentence
    assert found.scores()["R2"].iloc[1] > 0.9, "of the linear model, on the rows that count"
    assert found.settings["weights"] == "w"
