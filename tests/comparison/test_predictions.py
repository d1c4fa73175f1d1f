"""What comes with a prediction: an interval with the coverage that it claims, and a word on strange rows."""

import re
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from safetensors.torch import save

from looplab import compare, predict
from looplab.comparison.comparison import Comparison
from looplab.comparison.conformal import half_widths, missed
from looplab.comparison.preparation import Preparation
from looplab.comparison.saved import _digest, _read
from looplab.comparison.scoring import Scores
from looplab.comparison.unlike import ranges_of, unlike_rows, warning_about
from looplab.data.readings.category import CategoryReading
from looplab.data.readings.dates import DateReading
from looplab.data.readings.number import NumberReading
from looplab.errors import CompareError, TableWarning


def drawn(rows: int, seed: int) -> pd.DataFrame:
    """A line with noise that has heavy tails, a date and a category."""
    random = np.random.default_rng(seed)
    x, kind = random.uniform(0, 12, rows), random.choice(["a", "b"], rows)
    day = pd.Timestamp("2024-01-01") + pd.to_timedelta(random.integers(0, 100, rows), unit="D")
    y = 2 * x + 3.0 * (kind == "b") + random.standard_t(3, rows)
    return pd.DataFrame({"x": x, "kind": kind, "day": day, "y": y})


@cache
def found() -> Comparison:
    return compare(drawn(200, 0), "y", repeats=1, seeds=1, curve=False)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return found().save(tmp_path / "model")


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.9, 0.98])
def test_intervals_contain_as_many_new_targets_as_they_say(model: Path, coverage: float) -> None:
    new = drawn(4000, 1)
    predictions = predict(model, new, coverage=coverage)
    inside = ((predictions["low"] <= new["y"]) & (new["y"] <= predictions["high"])).mean()
    assert abs(inside - coverage) < 3.5 * np.sqrt(coverage * (1 - coverage) / 200), "of 200 residuals, that is luck"
    assert ((predictions["low"] + predictions["high"]) / 2).to_numpy() == pytest.approx(predictions["prediction"])


def test_a_row_is_missed_once_however_often_it_was_predicted() -> None:
    residuals = found().model.residuals
    assert residuals is not None
    assert residuals.shape == (200, 1)
    assert (residuals >= 0).all()


def test_the_width_is_an_order_statistic() -> None:
    residuals = np.arange(1.0, 20.0)[::-1, None]  # 19 of them
    assert half_widths(residuals, 0.9).tolist() == [18]  # 20 * 0.9
    assert half_widths(residuals, 0.95).tolist() == [19]
    assert half_widths(residuals, 0.5).tolist() == [10]
    both = np.column_stack([residuals, 10 * residuals[::-1]])
    assert half_widths(both, 0.9).tolist() == [18, 180]


@pytest.mark.parametrize(
    ("coverage", "message"),
    [
        (1.0, "coverage: expected a share above 0 and below 1, got 1. Write 0.9 for 90 %."),
        (90.0, "coverage: expected a share above 0 and below 1, got 90. Write 0.9 for 90 %."),
        (
            0.96,
            "coverage: expected at most 0.95, for which the 19 rows of training suffice, got 0.96. Ask for less",
        ),
    ],
)
def test_an_impossible_coverage_is_refused(coverage: float, message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)):
        half_widths(np.ones((19, 1)), coverage)


def test_classes_have_no_residuals_and_many_rows_are_drawn_from() -> None:
    assert missed([Scores(np.ones(1), {})], 0) is None
    folds = [Scores(np.ones(1), {}, np.full((8000, 1), sign)) for sign in (-1.0, 1.0)]
    kept = missed(folds, 0)
    assert kept is not None
    assert kept.shape == (10_000, 1)
    assert (kept == 1).all()


def test_residuals_of_another_form_are_refused(model: Path) -> None:
    read, text = _read(model)
    tensors = {name: tensor.clone() for name, tensor in read.items()}  # else they are a view of the file
    for wrong in (torch.ones(5), torch.ones(5, 2), torch.ones(0, 1), -torch.ones(5, 1)):
        changed = tensors | {"residuals": wrong}
        model.write_bytes(save(changed, {"looplab": text, "digest": _digest(changed, text)}))
        with pytest.raises(CompareError, match="residuals that do not fit the targets"):
            predict(model, drawn(5, 2))


def strange() -> pd.DataFrame:
    """Three rows of which the first is like those of training."""
    table = drawn(3, 3)
    table.loc[0, ["x", "kind"]] = 5.0, "a"
    table.loc[1, ["x", "kind"]] = 250.0, "a"
    table.loc[2, ["x", "kind", "day"]] = 6.0, "c", pd.Timestamp("2031-05-06")
    return table


def test_rows_unlike_any_in_training_are_marked_with_column_and_range(model: Path) -> None:
    with pytest.warns(TableWarning) as caught:
        predictions = predict(model, strange())
    first, second, third = predictions["unlike"]
    assert first == ""
    assert re.fullmatch(r"x: 250, training had 0\.\d+ to 1[12]\.\d+", second)
    assert re.fullmatch("day: 2031-05-06, training had 2024-01-01 to 2024-04-0[89]; kind: c, training had a, b", third)
    said = [str(each.message) for each in caught]
    assert any(each.startswith("2 rows unlike any in training (the first, row 2: x: 250, ") for each in said)
    assert any(each.endswith("; their predictions are guesses") for each in said)
    assert predictions["prediction"].notna().all()


def test_such_rows_are_refused_if_asked(model: Path) -> None:
    with pytest.warns(TableWarning) as caught:
        predictions = predict(model, strange(), refuse_unlike=True)
    assert any("they get no prediction" in str(each.message) for each in caught)
    assert predictions["prediction"].isna().tolist() == [False, True, True]
    assert predictions[["low", "high", "spread"]].isna().sum().tolist() == [2, 2, 2]
    assert predictions["unlike"].astype(bool).tolist() == [False, True, True]


def test_without_strange_rows_there_is_no_word_of_them(model: Path) -> None:
    plain = predict(model, strange().iloc[:1])
    assert list(plain) == ["prediction", "spread", "low", "high"]
    pd.testing.assert_frame_equal(plain, predict(model, strange().iloc[:1], refuse_unlike=True))


def test_a_number_is_strange_only_a_tenth_of_the_range_beyond_it() -> None:
    training = pd.DataFrame({"x": [0.0, 10.0], "day": [0.0, 1.0], "kind": ["a", "b"]})
    preparation = Preparation.learn(training)
    readings = {"x": NumberReading(), "day": DateReading(), "kind": CategoryReading()}
    asked = pd.DataFrame(
        {"x": [11.0, 11.1, -1.0, -1.1, np.nan], "day": [0.0, 0.0, 0.0, 0.0, 1e300], "kind": ["a", "b", None, "a", "a"]}
    )
    said = unlike_rows(asked, preparation, ranges_of(training, preparation), readings)
    assert said == [
        "",
        "x: 11.1, training had 0 to 10",
        "",
        "x: -1.1, training had 0 to 10",
        "day: 1e+300, training had 1970-01-01 to 1970-01-02",
    ]
    assert warning_about([""], refused=True) == ""
