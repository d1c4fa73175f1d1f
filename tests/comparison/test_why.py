"""Why a comparison came out as it did, on tables whose truth is known."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from looplab.comparison.compare import compare
from looplab.comparison.comparison import Comparison
from looplab.comparison.why.calibration import calibrate
from looplab.comparison.why.importance import asked_columns
from looplab.comparison.why.slices import find_slices

ROWS = 400


def bent(rows: int = ROWS) -> pd.DataFrame:
    """The target bends in x where the kind is "b", is linear in z, and does not depend on the others."""
    random = np.random.default_rng(0)
    x, z, noise = random.normal(size=(3, rows))
    kind = random.choice(["a", "b"], rows)
    y = np.where(kind == "b", 3 * np.abs(x), 0.5 * x) + z + 0.2 * random.normal(size=rows)
    return pd.DataFrame({"x": x, "kind": kind, "z": z, "noise": noise, "y": y})


@pytest.fixture(scope="module")
def found() -> Comparison:
    return compare(bent(), "y", repeats=1, seeds=2, curve=False)


def test_columns_that_the_target_depends_on_are_named_and_no_others(found: Comparison) -> None:
    assert found.reasons is not None
    network = found.reasons.importances[found.reasons.network]
    assert list(network)[-1] == "noise"
    assert all(network[name].low > 0 for name in ("x", "kind", "z"))
    assert network["noise"].estimate < 0.05 * network["x"].estimate
    assert found.reasons.importances["linear"]["z"].low > 0


def test_the_network_gains_where_the_truth_bends(found: Comparison) -> None:
    assert found.reasons is not None
    best = found.reasons.slices[0]
    assert (best.column, best.where) == ("kind", "b")
    assert 0 < best.gain.low <= best.gain.estimate <= best.linear


def test_dependence_follows_the_truth(found: Comparison) -> None:
    assert found.reasons is not None
    by_column = {each.column: each for each in found.reasons.dependence}
    z = by_column["z"]
    assert z.is_number
    slope = np.polyfit(np.array(z.values, dtype=float), z.predictions["linear"][:, 0], 1)[0]
    assert slope == pytest.approx(1, abs=0.1)
    x = by_column["x"].predictions[found.reasons.network][:, 0]
    assert x[0] > x[len(x) // 2] < x[-1]
    assert set(by_column["kind"].values) == {"a", "b"}


def test_it_is_told_in_the_report_in_json_and_in_words(
    found: Comparison, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from looplab.cli.shown import show

    page = found.report(tmp_path / "report.html").read_text()
    assert "<h2>Why</h2>" in page
    assert "kind: b" in page
    assert f"Growth of the mean squared error of the {found.winner} when a column is shuffled" in page
    why = json.loads(json.dumps(found.to_json()))["why"]
    assert why["slices"][0]["column"] == "kind"
    assert set(why["importances"]) >= {"linear", why["network"]}
    show(found)
    said = " ".join(capsys.readouterr().out.split())
    assert "arm relies most on" in said
    assert "gains most where kind is b." in said


def test_it_is_left_out_on_demand() -> None:
    without = compare(bent(60), "y", repeats=1, seeds=1, folds=2, curve=False, why=False)
    assert without.reasons is None
    assert without.to_json()["why"] is None


def test_classes_are_calibrated(tmp_path: Path) -> None:
    found = compare("iris", repeats=1, seeds=1, folds=2, curve=False)
    assert found.reasons is not None
    assert set(found.reasons.calibration) >= {"linear", found.reasons.network}
    assert "Calibration curves. linear: " in found.report(tmp_path / "iris.html").read_text()
    json.dumps(found.to_json())


@pytest.mark.parametrize("exaggerated", [1.0, 3.0])
def test_calibration_tells_honest_from_exaggerated_probabilities(exaggerated: float) -> None:
    random = np.random.default_rng(1)
    logits = random.normal(size=20_000)
    came = (random.random(20_000) < 1 / (1 + np.exp(-logits))).astype(np.int64)
    stated = 1 / (1 + np.exp(-exaggerated * logits))
    error = calibrate(np.stack([1 - stated, stated], axis=1), came).error
    assert error < 0.015 if exaggerated == 1 else error > 0.1


def test_slices_of_pure_noise_are_not_told() -> None:
    random, told = np.random.default_rng(2), 0
    for _ in range(100):
        columns = pd.DataFrame(random.normal(size=(200, 5)), columns=list("abcde"))
        told += bool(find_slices(columns, random.exponential(size=200), random.exponential(size=200)))
    assert told <= 8


def test_a_slice_needs_enough_rows() -> None:
    columns = pd.DataFrame({"kind": ["rare"] * 5 + ["usual"] * 195})
    losses = np.where(columns["kind"] == "rare", 10.0, 1.0) + np.linspace(0, 0.1, 200)
    assert find_slices(columns, losses, np.ones(200)) == ()


def test_of_very_many_columns_the_telling_ones_are_asked_about() -> None:
    random = np.random.default_rng(3)
    columns = pd.DataFrame(random.normal(size=(300, 100)), columns=[f"x{place}" for place in range(100)])
    columns["kind"] = random.choice(["a", "b"], 300)
    targets: Any = columns["x77"] ** 2 + (columns["kind"] == "b")
    asked = asked_columns(columns, targets.to_numpy()[:, None], "regression")
    assert len(asked) == 40
    assert {"x77", "kind"} <= set(asked)


AWKWARD = ["$x_{$", "$a$ per $b$", "<b>bold</b>", "two\nlines", "\x1b[31mred", "a_" * 100, "Größe 🌡", "%s {0} \\alpha"]


def test_names_are_drawn_and_written_as_they_are(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    frame = pd.DataFrame(random.normal(size=(60, len(AWKWARD))), columns=AWKWARD)
    frame["y"] = np.where(frame.to_numpy().sum(axis=1) > 0, AWKWARD[0], AWKWARD[2])
    found = compare(frame, "y", repeats=1, seeds=1, folds=2, curve=False)
    page = found.report(tmp_path / "report.html").read_text()
    assert "<b>bold" not in page
    assert "\x1b" not in page
    assert "$x_{$" in page


def test_the_form_of_the_linear_model_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from looplab.cli.shown import show

    random = np.random.default_rng(4)
    a, b = random.normal(size=(2, 200))
    frame = pd.DataFrame({"a": a, "b": b, "y": np.exp(0.5 * a + 0.3 * b + 0.1 * random.normal(size=200))})
    found = compare(frame, "y", repeats=1, seeds=1, curve=False)
    assert found.reasons is not None
    assert found.reasons.linear_form == "of the target's logarithm"
    assert found.to_json()["why"]["linear_form"] == "of the target's logarithm"
    assert "the linear model is one of the target" in found.report(tmp_path / "report.html").read_text()
    show(found)
    assert "the linear model is one of the target's logarithm." in " ".join(capsys.readouterr().out.split())
