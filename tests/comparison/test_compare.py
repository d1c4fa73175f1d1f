"""`compare` from end to end on small tables, the file it saves, the report, and the command line."""

import json
import re
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import looplab
from looplab import compare, predict
from looplab.comparison.answer import MARGIN
from looplab.comparison.comparison import Comparison
from looplab.data import Dataset
from looplab.errors import CompareError, TableWarning


def curved(rows: int = 120, seed: int = 0) -> pd.DataFrame:
    """A target that no line follows, with a category and a column that says nothing."""
    random = np.random.default_rng(seed)
    x, noise = random.uniform(-3, 3, rows), random.normal(size=rows)
    kind = random.choice(["a", "b"], size=rows)
    return pd.DataFrame(
        {"x": x, "noise": noise, "kind": kind, "y": 5 * x**2 + 3.0 * (kind == "b") + 0.1 * random.normal(size=rows)}
    )


@cache
def of_curved() -> Comparison:
    return compare(curved(), "y", repeats=1, seeds=2, seed=3)


@cache
def of_classes() -> Comparison:
    return compare("iris", repeats=1, seeds=2, curve=False)


def test_a_curve_needs_a_network() -> None:
    found = of_curved()
    assert found.answer == "network"
    assert found.winner in ("small network", "wide network")
    assert str(found) == found.sentence
    assert found.sentence.startswith("A neural network predicts better: the ")
    assert found.gains[found.winner].low > 0.5
    assert list(found.arms) == ["constant", "linear", "small network", "wide network", "gradient boosting"]


def test_the_scores_table() -> None:
    regression, classes = of_curved().scores(), of_classes().scores()
    assert list(regression["arm"]) == list(of_curved().arms)
    assert regression["R2"].iloc[0] == pytest.approx(0, abs=1e-9)  # of the constant prediction
    assert (regression["low"] <= regression["loss"]).all()
    assert classes["accuracy"].iloc[1] > 0.9  # of the linear model
    assert (classes["accuracy"] <= 1).all()


def test_more_rows_are_learnt_from_along_the_learning_curve() -> None:
    curve = of_curved().learning
    assert curve is not None
    assert curve.rows == (24, 48, 96)
    assert curve.losses[curve.arm][-1] < curve.losses[curve.arm][0]
    assert of_classes().learning is None


def test_the_same_seed_gives_the_same_answer_and_random_state_is_left_alone() -> None:
    before = torch.get_rng_state()
    one, two = (compare("iris", repeats=1, seeds=2, curve=False) for _ in range(2))
    assert torch.equal(torch.get_rng_state(), before)
    assert one.sentence == two.sentence
    assert all(np.array_equal(one.arms[arm].losses, two.arms[arm].losses) for arm in one.arms)


def test_json_holds_everything() -> None:
    data = json.loads(json.dumps(of_curved().to_json()))
    assert data["answer"] == "network"
    assert data["rows"] == 120
    assert {row["arm"] for row in data["scores"]} == set(of_curved().arms)
    assert data["settings"]["folds"] == 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"repeats": 0}, "repeats: expected a whole number, at least 1, got 0"),
        ({"seeds": 0}, "seeds: expected a whole number, at least 1, got 0"),
        ({"margin": 1.5}, "margin: expected a share, at least 0 and below 1, got 1.5"),
        ({"folds": 100}, "rows of table: expected at least 200 for 100 folds, got 120"),
    ],
)
def test_impossible_options_are_named(options: dict[str, float], message: str) -> None:
    with pytest.raises(CompareError, match=re.escape(message)):
        compare(curved(), "y", **options)  # type: ignore[arg-type]  # the wrong value is the test


class TestSaved:
    def test_predictions_are_those_of_the_fitted_winner(self, tmp_path: Path) -> None:
        found, table = of_curved(), curved(60, seed=9)
        predictions = predict(found.save(tmp_path / "winner.safetensors"), table)
        X = found.model.preparation.apply(table)
        assert found.model.scale is not None
        members = found.model.scale.undo(found.model.fitted.predict(X))
        np.testing.assert_allclose(predictions["prediction"], members.mean(axis=0)[:, 0], rtol=1e-4, atol=1e-3)
        np.testing.assert_allclose(predictions["spread"], members.std(axis=0)[:, 0], rtol=1e-3, atol=1e-3)
        residual = predictions["prediction"] - table["y"]
        assert (residual**2).mean() < 0.1 * table["y"].var()

    def test_classes_come_back_by_name(self, tmp_path: Path) -> None:
        iris = looplab.load("iris")
        table = pd.DataFrame(iris.inputs.numpy(), columns=list(iris.feature_names))
        predictions = predict(of_classes().save(tmp_path / "iris.safetensors"), table)
        truth = [iris.target_names[label] for label in iris.targets.tolist()]
        assert (predictions["prediction"] == truth).mean() > 0.9
        assert predictions["probability"].between(1 / 3, 1).all()
        assert (predictions["spread"] >= 0).all()
        each = predictions[[f"probability {name}" for name in iris.target_names]]
        np.testing.assert_allclose(each.sum(axis=1), 1)
        np.testing.assert_array_equal(each.max(axis=1), predictions["probability"])
        assert (each.idxmax(axis=1) == "probability " + predictions["prediction"]).all()

    def test_reordered_and_extra_columns_are_fine_missing_ones_are_not(self, tmp_path: Path) -> None:
        path, table = of_curved().save(tmp_path / "w.safetensors"), curved(20, seed=5)
        plain = predict(path, table)
        pd.testing.assert_frame_equal(predict(path, table.assign(more=1)[["more", "kind", "noise", "x"]]), plain)
        with pytest.raises(CompareError, match="column 'x': expected to be in the table, as it was in training"):
            predict(path, table[["kind", "noise"]])

    def test_unseen_categories_are_counted(self, tmp_path: Path) -> None:
        path, table = of_curved().save(tmp_path / "w.safetensors"), curved(20, seed=5)
        table.loc[:2, "kind"] = "c"
        with pytest.warns(TableWarning, match="values that training had not seen: 3 in 'kind'"):
            predict(path, table)

    def test_a_cut_or_altered_file_is_refused(self, tmp_path: Path) -> None:
        path = of_curved().save(tmp_path / "w.safetensors")
        whole = path.read_bytes()
        for damaged in (whole[:-40], whole[: len(whole) // 2], whole[:-1] + bytes([whole[-1] ^ 1]), b"", b"{}"):
            path.write_bytes(damaged)
            with pytest.raises(CompareError, match=r"expected a whole file .* got one that was cut short or altered"):
                predict(path, curved(5))
        with pytest.raises(
            CompareError, match="expected a file written by `looplab compare --save`, got nothing there"
        ):
            predict(tmp_path / "none", curved(5))

    def test_nothing_half_written_is_left(self, tmp_path: Path) -> None:
        with pytest.raises(CompareError, match=r"folder .*: expected to exist"):
            of_curved().save(tmp_path / "no" / "w.safetensors")
        of_curved().save(tmp_path / "w.safetensors")
        assert [file.name for file in tmp_path.iterdir()] == ["w.safetensors"]


class Sources(HTMLParser):
    """Collects what a page would fetch, and what its pictures say."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.alternatives: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.fetched += [given[name] or "" for name in ("src", "href") if name in given]
        if tag == "img":
            self.alternatives.append(given.get("alt") or "")


def test_the_report_is_one_file_that_fetches_nothing(tmp_path: Path) -> None:
    page = of_curved().report(tmp_path / "report.html").read_text()
    parser = Sources()
    parser.feed(page)
    assert all(source.startswith("data:") for source in parser.fetched)
    assert len(parser.alternatives) == 6, "folds, learning curve, importance, and dependence on each of three columns"
    assert all(len(words.split()) > 8 for words in parser.alternatives)
    assert of_curved().sentence.replace("'", "&#39;") in page
    for heading in ("Scores on rows", "How much depends on the seed", "Would more data help?", "The table"):
        assert heading in page


def test_a_report_escapes_what_the_table_says(tmp_path: Path) -> None:
    data = curved(40).rename(columns={"noise": "<script>alert(1)</script>"})
    data["<script>alert(1)</script>"] = 1.0
    found = compare(data, "y", repeats=1, seeds=1, curve=False)
    page = found.report(tmp_path / "r.html").read_text()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def looplab_command(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "looplab", *words], capture_output=True, text=True, check=False)


def test_the_command_line(tmp_path: Path) -> None:
    curved(60).to_csv(tmp_path / "t.csv", index=False)
    table, saved, report = (str(tmp_path / name) for name in ("t.csv", "w.safetensors", "r.html"))
    options = ["--target", "y", "--repeats", "1", "--seeds", "1", "--no-curve"]
    said = looplab_command("compare", table, *options, "--save", saved, "--report", report, "--json")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["answer"] == "network"
    assert json.loads(said.stdout)["settings"]["margin"] == MARGIN
    assert f"written: {saved}" in said.stderr
    assert Path(report).stat().st_size > 10_000
    predicted = looplab_command("predict", saved, table)
    assert predicted.stdout.splitlines()[0] == "prediction,spread,low,high"
    assert len(predicted.stdout.splitlines()) == 61


def test_a_query_and_rare_classes_on_the_command_line(tmp_path: Path) -> None:
    frame = pd.DataFrame({"a": np.random.default_rng(0).normal(size=33), "y": ["u", "v"] * 15 + ["w"] * 3})
    with closing(sqlite3.connect(tmp_path / "t.db")) as connection:
        frame.to_sql("t", connection, index=False)
    options = ["--query", "select * from t", "--target", "y", "--repeats", "1", "--seeds", "1", "--no-curve", "--json"]
    address = f"sqlite:///{tmp_path / 't.db'}"
    said = looplab_command("compare", address, *options)
    assert said.stderr == (
        "looplab: class 'w' of the target: expected at least 5 rows, one a fold, got 3. "
        "Say rare_classes='merge' or 'drop' (--rare-classes merge or drop), or ask for fewer folds.\n"
    )
    said = looplab_command("compare", address, *options, "--rare-classes", "drop")
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout)["rows"] == 30


def test_a_mistake_on_the_command_line_is_one_line_and_status_2(tmp_path: Path) -> None:
    curved(20).to_csv(tmp_path / "t.csv", index=False)
    said = looplab_command("compare", str(tmp_path / "t.csv"), "--target", "price")
    assert said.returncode == 2
    assert said.stdout == ""
    assert said.stderr.startswith("looplab: target column of t: expected one of")
    assert len(said.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--metric", "mea"], "looplab: metric for a regression: expected one of "),
        (["--weights", "y"], "looplab: target: expected another column than groups, time and weights, got 'y'"),
        (["--budget", "soon"], "looplab: budget: expected a time such as 60s, 2m or 1h, got 'soon'"),
    ],
)
def test_options_that_cannot_be_are_one_line_each(options: list[str], said: str, tmp_path: Path) -> None:
    curved(20).to_csv(tmp_path / "t.csv", index=False)
    found = looplab_command("compare", str(tmp_path / "t.csv"), "--target", "y", *options)
    assert (found.returncode, found.stdout) == (2, "")
    assert found.stderr.startswith(said)
    assert len(found.stderr.splitlines()) == 1


def test_predict_leaves_strange_rows_out_on_the_command_line(tmp_path: Path) -> None:
    saved, table = of_curved().save(tmp_path / "w.safetensors"), curved(3, seed=5)
    table.loc[1, "x"] = 99.0
    table.to_csv(tmp_path / "t.csv", index=False)
    options = ["--refuse-unlike", "--coverage", "0.5"]
    said = looplab_command("predict", str(saved), str(tmp_path / "t.csv"), *options)
    assert said.returncode == 0, said.stderr
    heading, _, strange, _ = said.stdout.splitlines()
    assert heading == "prediction,spread,low,high,unlike"
    assert strange.startswith(',,,,"x: 99, training had -2.9')
    assert said.stderr.startswith("looplab: 1 row unlike any in training (the first, row 2: x: 99, training had -2.9")
    assert "; it gets no prediction" in said.stderr


def test_networks_trained_by_an_executor_are_those_of_one_process() -> None:
    with ThreadPoolExecutor(2) as executor:
        found = compare("iris", repeats=1, seeds=2, curve=False, executor=executor)
    assert found.sentence == of_classes().sentence
    assert found.arms.keys() == of_classes().arms.keys()
    for name, arm in of_classes().arms.items():
        assert found.arms[name].interval == arm.interval


def test_several_targets_are_predicted_at_once(tmp_path: Path) -> None:
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(80, 3, generator=generator)
    targets = torch.stack([inputs[:, 0] + inputs[:, 1], inputs[:, 2].abs()], dim=1)
    two = Dataset(
        name="two", inputs=inputs, targets=targets, task="regression", feature_names=("a", "b", "c"),
        target_names=("sum", "size"),
    )  # fmt: skip
    for arm in ("linear", "wide network", "gradient boosting"):
        found = compare(two, folds=2, repeats=1, seeds=1, curve=False, save_arm=arm)
        columns = pd.DataFrame(inputs.numpy(), columns=["a", "b", "c"])
        predicted = predict(found.save(tmp_path / "two.safetensors"), columns)
        assert {"prediction sum", "prediction size"} <= set(predicted)
        missed = (predicted[["prediction sum", "prediction size"]].to_numpy() - targets.numpy()) ** 2
        assert missed[:, 0].mean() < 0.5
        found.report(tmp_path / "two.html")
        json.dumps(found.to_json())
