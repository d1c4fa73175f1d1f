"""The metrics that may decide: their values, their direction, their names, and folds that they cannot judge."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn import metrics as scikit

from looplab import compare, predict
from looplab.comparison.answer import decide, relative_gain, say
from looplab.comparison.folds import Fold, Folds
from looplab.comparison.metrics import METRICS, Truth, find_metric, usual_metric
from looplab.comparison.scoring import Scores, judged_folds, make_scoring
from looplab.comparison.summary import evidence_of, summarize
from looplab.comparison.table import make_table
from looplab.data import Task
from looplab.errors import ChoiceError, CompareError

RANDOM = np.random.default_rng(0)
OF_TWO = RANDOM.dirichlet([1, 1], 40)
TWO = RANDOM.integers(0, 2, 40)
OF_THREE = RANDOM.dirichlet([1, 1, 1], 40)
THREE = RANDOM.integers(0, 3, 40)
NUMBERS = RANDOM.normal(size=(40, 1))
OF_NUMBERS = NUMBERS + RANDOM.normal(size=(40, 1))
WEIGHTS = RANDOM.uniform(0.1, 5, 40)


def value(
    name: str,
    task: Task,
    predicted: NDArray[np.float64],
    targets: NDArray[np.float64] | NDArray[np.int64],
    weights: NDArray[np.float64] | None = None,
    positive: int = 1,
) -> float:
    truth = Truth(targets=targets, task=task, weights=weights, positive=positive)
    return float(find_metric(name, task).values(predicted[None], truth)[0])


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["equal", "weighted"])
class TestValues:
    def test_of_two_classes(self, weights: NDArray[np.float64] | None) -> None:
        said, second = OF_TWO.argmax(axis=1), OF_TWO[:, 1]
        expected = {
            "log-loss": scikit.log_loss(TWO, OF_TWO, sample_weight=weights),
            "brier": scikit.brier_score_loss(TWO, second, sample_weight=weights),
            "accuracy": scikit.accuracy_score(TWO, said, sample_weight=weights),
            "balanced-accuracy": scikit.balanced_accuracy_score(TWO, said, sample_weight=weights),
            "f1": scikit.f1_score(TWO, said, sample_weight=weights),
            "auc": scikit.roc_auc_score(TWO, second, sample_weight=weights),
            "average-precision": scikit.average_precision_score(TWO, second, sample_weight=weights),
        }
        assert {name: value(name, "binary", OF_TWO, TWO, weights) for name in expected} == pytest.approx(expected)

    def test_of_several_classes(self, weights: NDArray[np.float64] | None) -> None:
        said = OF_THREE.argmax(axis=1)
        squares = ((OF_THREE - np.eye(3)[THREE]) ** 2).sum(axis=1)
        expected = {
            "log-loss": scikit.log_loss(THREE, OF_THREE, sample_weight=weights),
            "brier": np.average(squares, weights=weights),
            "balanced-accuracy": scikit.balanced_accuracy_score(THREE, said, sample_weight=weights),
            "f1": scikit.f1_score(THREE, said, sample_weight=weights, average="macro"),
            "average-precision": scikit.average_precision_score(np.eye(3)[THREE], OF_THREE, sample_weight=weights),
            "auc": scikit.roc_auc_score(np.eye(3)[THREE], OF_THREE, sample_weight=weights),
        }
        found = {name: value(name, "multiclass", OF_THREE, THREE, weights) for name in expected}
        assert found == pytest.approx(expected)

    def test_of_numbers(self, weights: NDArray[np.float64] | None) -> None:
        error = (NUMBERS - OF_NUMBERS)[:, 0]
        expected = {
            "mse": np.average(error**2, weights=weights),
            "rmse": np.sqrt(np.average(error**2, weights=weights)),
            "mae": np.average(np.abs(error), weights=weights),
            "r2": scikit.r2_score(NUMBERS, OF_NUMBERS, sample_weight=weights),
            "pinball": np.average(np.abs(error), weights=weights) / 2,
            "pinball-0.9": np.average(np.maximum(0.9 * error, -0.1 * error), weights=weights),
        }
        found = {name: value(name, "regression", OF_NUMBERS, NUMBERS, weights) for name in expected}
        assert found == pytest.approx(expected)


def test_the_rarer_class_is_the_one_that_is_looked_for() -> None:
    of_first = value("f1", "binary", OF_TWO, TWO, positive=0)
    assert of_first == pytest.approx(scikit.f1_score(TWO, OF_TWO.argmax(axis=1), pos_label=0))
    table = pd.DataFrame({"x": np.arange(40.0), "y": ["no"] * 30 + ["yes"] * 10})
    assert make_scoring(make_table(table, "y"), None).positive == 1
    assert make_scoring(make_table(table.replace({"yes": "no", "no": "yes"}), "y"), None).positive == 0


@pytest.mark.parametrize("name", METRICS)
def test_a_better_prediction_has_a_lower_loss(name: str) -> None:
    metric = METRICS[name]
    task = metric.tasks[0]
    targets = NUMBERS if task == "regression" else TWO
    right = NUMBERS if task == "regression" else np.eye(2)[TWO]
    near = 0.9 * right + 0.1 * (OF_NUMBERS if task == "regression" else OF_TWO)
    wrong = NUMBERS[::-1] if task == "regression" else 1 - right
    truth = Truth(targets=targets, task=task)
    perfect, good, bad = metric.losses(np.stack([right, near, wrong]), truth)
    assert perfect == pytest.approx(0, abs=1e-6)
    assert perfect <= good < bad
    assert metric.shown(perfect) == pytest.approx(1 if metric.is_score else 0, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "task", "message"),
    [
        ("aux", "binary", r"metric for two classes: expected one of auc, .*, got 'aux'. Did you mean 'auc'\?"),
        ("mae", "multiclass", "metric for several classes: expected one of .*, got 'mae'"),
        ("auc", "regression", "metric for a regression: expected one of .*, got 'auc'"),
        ("pinball-1.5", "regression", "metric pinball: expected a quantile above 0 and below 1, got '1.5'. Write pinb"),
        ("pinball-x", "regression", "metric pinball: expected a quantile above 0 and below 1, got 'x'"),
        ("pinball-0.9", "binary", "metric for two classes: expected one of .*, got 'pinball-0.9'"),
    ],
)
def test_a_wrong_name_lists_those_of_the_task(name: str, task: Task, message: str) -> None:
    with pytest.raises((ChoiceError, CompareError), match=message):
        find_metric(name, task)


def test_the_usual_metric_needs_no_name() -> None:
    assert usual_metric("regression").name == "mse"
    assert usual_metric("binary") == usual_metric("multiclass") == METRICS["log-loss"]


def measured(**losses: list[float]) -> dict[str, list[Scores]]:
    """Scores of a single member by arm, a loss for each fold."""
    return {
        name.replace("_", " "): [Scores(np.array([loss]), {}) for loss in of_arm] for name, of_arm in losses.items()
    }


def test_folds_that_a_metric_cannot_judge_are_left_out_for_every_arm() -> None:
    kept, notes = judged_folds(measured(a=[0.1, np.nan, 0.3], b=[0.2, 0.4, 0.5]), METRICS["auc"])
    assert [[float(each.losses[0]) for each in of_arm] for of_arm in kept.values()] == [[0.1, 0.3], [0.2, 0.5]]
    assert notes == [
        ("1 fold of 3 left out: the AUC of their test rows, which have a single value of the target, is undefined.")
    ]
    assert judged_folds(kept, METRICS["auc"]) == (kept, [])


def test_without_two_folds_there_is_no_answer() -> None:
    message = (
        "metric auc: expected test rows of more than one value of the target in at least two folds, got 1 of 2 such "
        "folds. Judge by log-loss, or ask for fewer folds."
    )
    with pytest.raises(CompareError, match=re.escape(message)):
        judged_folds(measured(a=[0.1, np.nan]), METRICS["auc"])


@pytest.mark.parametrize(
    ("name", "task"), [("auc", "binary"), ("average-precision", "binary"), ("f1", "binary"), ("r2", "regression")]
)
def test_a_single_value_of_the_target_leaves_them_undefined(name: str, task: Task) -> None:
    predicted = OF_NUMBERS if task == "regression" else OF_TWO
    targets = np.zeros((40, 1)) if task == "regression" else np.zeros(40, dtype=np.int64)
    assert np.isnan(value(name, task, predicted, targets))


def test_error_rates_are_compared_by_differences_since_some_are_0() -> None:
    folds = Folds(
        compared=[Fold(np.arange(80), np.arange(80, 100), ())] * 10,
        growing=[],
        whole=Fold(np.arange(9), np.arange(0), ()),
    )
    linear = [0.1, 0.2] * 5
    arms = {
        name: summarize(scores, folds, METRICS["accuracy"])
        for name, scores in measured(
            constant=[0.5, 0.6] * 5,
            linear=linear,
            small_network=[0.0, 0.1] * 5,
            wide_network=linear,
            gradient_boosting=linear,
        ).items()
    }
    evidence = evidence_of(arms, folds, METRICS["accuracy"], 0.15)
    gain = evidence.gain("small network", "linear")
    assert gain.estimate == pytest.approx(0.1 / 0.15)
    assert decide(evidence) == ("network", "small network")
    assert say("network", "small network", evidence) == (
        "A neural network predicts better: the small network lowers the linear model's error rate by 67 % "
        "(95 % interval of the gain: 67 % to 67 %; accuracy 0.95 instead of 0.85)."
    )


def test_no_loss_is_said_to_fall_by_more_than_all_of_it() -> None:
    gain = relative_gain(np.array([0.0, 0.1]), np.array([0.1, 0.4]), 80, 20, by_difference=True)
    assert gain.low < 0 < gain.estimate < gain.high == 1


def skewed(rows: int = 120) -> pd.DataFrame:
    """One row in ten is of the class that is looked for."""
    random = np.random.default_rng(0)
    x = random.normal(size=rows)
    y = np.where(np.argsort(np.argsort(x + 0.3 * random.normal(size=rows))) >= 0.9 * rows, "ill", "well")
    return pd.DataFrame({"x": x, "y": y})


def test_a_named_metric_decides_and_a_rare_class_gets_several_measures(tmp_path: Path) -> None:
    found = compare(skewed(), "y", metric="auc", repeats=1, seeds=1, curve=False)
    scores = found.scores().set_index("arm")
    assert found.settings["metric"] == found.to_json()["metric"] == "auc"
    assert scores["AUC"]["constant"] == pytest.approx(0.5)
    assert scores["loss"]["constant"] == pytest.approx(0.5)
    assert scores["AUC"]["linear"] > 0.9
    assert scores["loss"]["linear"] == pytest.approx(1 - scores["AUC"]["linear"])
    assert found.measures == ("accuracy", "balanced accuracy", "F1", "average precision", "Brier score", "log loss")
    assert scores["balanced accuracy"]["constant"] == pytest.approx(0.5)
    assert "1 − AUC" in found.sentence
    page = found.report(tmp_path / "r.html").read_text()
    assert '<th scope="col">AUC</th>' in page
    assert "can lower the linear model's 1 − AUC by" in page


def test_a_pinball_loss_makes_predictions_quantiles(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    x = random.uniform(-2, 2, 300)
    table = pd.DataFrame({"x": x, "y": 3 * x + random.exponential(1, 300)})
    found = compare(table, "y", metric="pinball-0.9", folds=3, repeats=1, seeds=1, curve=False)
    assert found.measures == ()
    assert found.winner == "linear"
    fresh = random.uniform(-2, 2, 3000)
    predictions = predict(found.save(tmp_path / "q"), pd.DataFrame({"x": fresh}))
    below = (3 * fresh + random.exponential(1, 3000) < predictions["prediction"]).mean()
    assert 0.82 < below < 0.97


def test_later_rows_of_a_single_class_are_left_out_where_they_have_no_auc() -> None:
    random = np.random.default_rng(2)
    x = random.normal(size=60)
    ill = (x + 0.5 * random.normal(size=60) > 0) & ((np.arange(60) < 27) | (np.arange(60) >= 38))
    data = pd.DataFrame({"t": np.arange(60), "x": x, "y": np.where(ill, "ill", "well")})
    found = compare(data, "y", time="t", metric="auc", folds=4, seeds=1, curve=False)
    assert found.arms["linear"].losses.shape[0] == 3
    assert any(note.startswith("1 fold of 4 left out: the AUC of their test rows") for note in found.table.notes)
    assert np.isfinite(found.scores()["AUC"]).all()
    assert found.reasons is not None
    assert np.isfinite(found.reasons.importances["linear"]["x"].estimate)
