import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from looplab import load
from looplab.comparison.folds import make_folds, split_inner
from looplab.comparison.leaks import leaking_columns
from looplab.comparison.table import make_table
from looplab.errors import ChoiceError, CompareError, TableError


def frame(rows: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "a": random.normal(size=rows),
            "colour": random.choice(["red", "blue"], size=rows),
            "who": np.arange(rows) // 4,
            "day": pd.date_range("2026-01-01", periods=rows)[::-1],
            "y": random.normal(size=rows),
        }
    )


def test_a_file_a_frame_and_a_dataset_become_the_same_table(tmp_path: Path) -> None:
    data = frame()[["a", "colour", "y"]]
    data.to_csv(tmp_path / "t.csv", index=False)
    from_file, from_frame = make_table(tmp_path / "t.csv", "y"), make_table(data, "y")
    assert from_file.name == "t"
    np.testing.assert_allclose(from_file.targets, from_frame.targets)
    assert list(from_file.columns) == list(from_frame.columns) == ["a", "colour"]
    assert make_table("wine", None).task == "multiclass"
    assert make_table(load("sine"), None).targets.shape == (100, 1)


def test_groups_are_no_input_and_time_orders_the_rows() -> None:
    table = make_table(frame(), "y", groups="who", time="day")
    assert list(table.columns) == ["a", "colour", "day"]
    assert table.groups is not None
    assert len(set(table.groups.tolist())) == 10
    assert table.order is not None
    assert table.order.tolist() == list(range(39, -1, -1))


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        ({}, {"target": None}, CompareError, "target: expected the column to predict, got none. Columns: a, colour"),
        ({}, {"target": "z"}, ChoiceError, "target column of table: expected one of"),
        ({}, {"target": "y", "groups": "z"}, ChoiceError, "groups column of table: expected one of"),
        (
            {},
            {"target": "y", "groups": "y"},
            CompareError,
            "target: expected another column than groups, time and weights, got 'y'",
        ),
        (
            {},
            {"target": "y", "time": "colour"},
            CompareError,
            "time column 'colour', row 1: expected a number or a date",
        ),
        ({"y": 3.0}, {"target": "y"}, TableError, "target 'y': expected at least two different values, got only 3"),
        ({"y": np.nan}, {"target": "y"}, CompareError, "column 'y': expected values, got none at all"),
        ({" ": 1}, {"target": "y"}, CompareError, "column 6: expected a name, got none. Name it."),
    ],
)
def test_mistakes_are_named(
    change: dict[str, float], options: dict[str, str | None], error: type[Exception], message: str
) -> None:
    target, rest = options["target"], {name: value for name, value in options.items() if name != "target"}
    with pytest.raises(error, match=re.escape(message)):
        make_table(frame().assign(**change), target, None, **rest)  # type: ignore[arg-type]  # names of columns


def test_duplicate_columns_and_unknown_files(tmp_path: Path) -> None:
    twice = pd.concat([frame()[["a"]], frame()[["a", "y"]]], axis=1)
    with pytest.raises(CompareError, match="columns: expected a different name for each, got 'a' more than once"):
        make_table(twice, "y")
    with pytest.raises(ChoiceError, match=r"table \(a .csv or .parquet file, or a dataset\): expected one of moons"):
        make_table("moon", "y")
    with pytest.raises(CompareError, match="task: expected 'binary', as 'moons' has it, got 'regression'"):
        make_table("moons", None, "regression")


def test_a_million_categories_and_infinities_are_said() -> None:
    data = frame(200).assign(id=[f"id {i}" for i in range(200)])
    data.loc[3, "a"] = np.inf
    notes = make_table(data, "y").notes
    assert "Column 'id' dropped: it names the rows: 200 of its 200 values are different." in notes
    assert "Column 'a': 1 infinite value taken as missing." in notes


class TestFolds:
    def test_every_row_is_tested_once_a_repeat(self) -> None:
        folds = make_folds(make_table(frame(), "y"), folds=5, repeats=3, seed=0)
        assert len(folds) == 15
        for repeat in range(3):
            tested = np.concatenate([fold.test for fold in folds[5 * repeat : 5 * repeat + 5]])
            assert sorted(tested.tolist()) == list(range(40))
        assert all(not set(fold.train.tolist()) & set(fold.test.tolist()) for fold in folds)

    def test_classes_are_in_every_fold(self) -> None:
        table = make_table("iris", None)
        for fold in make_folds(table, folds=5, repeats=1, seed=0):
            assert np.bincount(table.targets[fold.test].astype(int)).tolist() == [10, 10, 10]

    def test_groups_stay_together_inside_and_out(self) -> None:
        table = make_table(frame(), "y", groups="who")
        assert table.groups is not None
        for fold in make_folds(table, folds=5, repeats=2, seed=0):
            assert not set(table.groups[fold.train]) & set(table.groups[fold.test])
            inner = split_inner(table, fold.train, seed=0)
            assert not set(table.groups[inner.train]) & set(table.groups[inner.test])

    def test_time_runs_forward_inside_and_out(self) -> None:
        table = make_table(frame(), "y", time="day")
        assert table.order is not None
        for fold in make_folds(table, folds=4, repeats=3, seed=0):
            assert table.order[fold.train].max() < table.order[fold.test].min()
            inner = split_inner(table, fold.train, seed=0)
            assert table.order[inner.train].max() < table.order[inner.test].min()

    def test_too_little_is_named(self) -> None:
        with pytest.raises(CompareError, match="rows of table: expected at least 10 for 5 folds, got 7"):
            make_folds(make_table(frame(7), "y"), folds=5, repeats=1, seed=0)
        with pytest.raises(CompareError, match="folds: expected at least 2, got 1"):
            make_folds(make_table(frame(), "y"), folds=1, repeats=1, seed=0)
        lonely = frame().assign(y=["once"] + ["often"] * 39)
        with pytest.raises(
            CompareError, match="class 'once' of the target: expected at least 5 rows, one a fold, got 1"
        ):
            make_folds(make_table(lonely, "y"), folds=5, repeats=1, seed=0)
        with pytest.raises(CompareError, match="groups: expected at least 20 for 20 folds, got 10"):
            make_folds(make_table(frame(), "y", groups="who"), folds=20, repeats=1, seed=0)


class TestLeaks:
    def test_a_copy_of_the_target_is_found(self) -> None:
        data = frame().assign(copy=lambda d: 3 * d["y"] + 1, monotone=lambda d: np.exp(d["y"]))
        assert leaking_columns(make_table(data, "y")) == ["copy", "monotone"]

    def test_a_code_of_the_class_is_found(self) -> None:
        data = frame().assign(y=lambda d: d["a"] > 0)
        data["code"] = data["y"].map({True: "T", False: "F"})
        assert leaking_columns(make_table(data, "y")) == ["a", "code"]

    @pytest.mark.parametrize("name", ["diabetes", "breast-cancer", "wine", "digits", "iris"])
    def test_honest_columns_are_not_accused(self, name: str) -> None:
        assert leaking_columns(make_table(name, None)) == []

    def test_the_only_column_is_not_accused(self) -> None:
        assert leaking_columns(make_table("sine", None)) == []
