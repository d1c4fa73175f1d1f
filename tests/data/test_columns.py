"""Which columns are used, what is said of them, and which targets and tasks a column makes."""

import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch

from looplab import load
from looplab.data import ReadOptions
from looplab.data.columns import usable_columns
from looplab.data.read import find_table, read_columns
from looplab.data.targets import Targets, parse_targets, with_targets
from looplab.errors import ChoiceError, DataError, TableError

ROWS = 120


def usable(columns: dict[str, Any], repeated: bool = False, **options: Any) -> tuple[list[str], list[str]]:
    """The columns that are kept, and the notes."""
    read_options = ReadOptions(**options)
    table = read_columns(find_table(pd.DataFrame(columns), read_options), read_options)
    notes: list[str] = []
    return [str(name) for name in usable_columns(table, notes, repeated=repeated)], notes


def targets(values: list[Any], task: Any = None, **options: Any) -> tuple[Targets, list[str]]:
    """The targets of a column, and the notes about its rows."""
    read_options = ReadOptions(**options)
    table = read_columns(find_table(pd.DataFrame({"y": pd.Series(values)}), read_options), read_options)
    notes: list[str] = []
    table = with_targets(table, "y", task, read_options, notes)
    return parse_targets("y", table.columns["y"], table.readings["y"], task, "t"), notes


class TestColumns:
    @pytest.mark.parametrize(
        ("values", "note"),
        [
            ([f"person {i}" for i in range(40)], "it names the rows: 40 of its 40 values are different"),
            ([f"person {i}" for i in range(ROWS)], "it is text with 120 different values"),
            ([f"person {i // 3 if i < 9 else i}" for i in range(40)], "it names the rows: 34 of its 40 values are"),
            (["same"] * 40, "it is 'same' in every row"),
            ([7.5] * 40, "it is 7.5 in every row"),
            ([None] * 40, "it has no values"),
            (["NA"] * 40, "it has no values"),
        ],
    )
    def test_what_says_nothing_is_dropped(self, values: list[Any], note: str) -> None:
        kept, notes = usable({"x": np.arange(len(values)) / 7, "c": values})
        assert kept == ["x"]
        assert any(each.startswith(f"Column 'c' dropped: {note}") for each in notes), notes

    @pytest.mark.parametrize("name", ["id", "ID", "PassengerId", "patient_id", "index", "Unnamed: 0", "row"])
    def test_numbers_that_number_the_rows_are_dropped(self, name: str) -> None:
        numbers = np.random.default_rng(0).permutation(1000)[:40]
        assert usable({name: numbers, "x": np.arange(40) / 7})[0] == ["x"]
        assert usable({"score": numbers, "x": np.arange(40) / 7})[0] == ["score", "x"]
        assert usable({name: np.arange(40) / 7})[0] == [name], "a fraction numbers no rows"
        assert usable({name: np.arange(40) // 2})[0] == [name], "nor does what comes twice"
        assert usable({"paid": numbers})[0] == ["paid"]

    def test_text_with_many_values_is_kept_where_it_does_not_name_the_rows(self) -> None:
        states = [f"S{i % 60}" for i in range(ROWS)]
        assert usable({"state": states}, repeated=True) == (["state"], [])
        assert usable({"state": states})[1] == ["Column 'state' dropped: it is text with 60 different values."]
        towns = [f"T{i % 90}" for i in range(ROWS)]
        assert usable({"town": towns}, repeated=True)[0] == ["town"]
        names = [f"T{i % 97}" for i in range(ROWS)]
        assert usable({"name": names}, repeated=True)[1][0].startswith(
            "Column 'name' dropped: it names the rows: 97 of"
        )

    def test_few_rows_may_all_differ(self) -> None:
        assert usable({"c": ["a", "b", "c"], "x": [1, 2, 4]})[0] == ["c", "x"]

    def test_what_was_done_to_values_is_said(self) -> None:
        numbers = [str(i) for i in range(9)]
        notes = usable(
            {
                "money": [f"$1,{i}00.5" for i in range(1, 10)],
                "gaps": ["NA", *numbers[1:]],
                "odd": ["oops", *numbers[1:]],
                "far": ["inf", *numbers[1:]],
                "when": [f"{i}.3.2024" for i in range(20, 29)],
                "at": [f"{i}:30" for i in range(9)],
            }
        )[1]
        assert notes == [
            "Column 'money' read as numbers with commas between thousands and '$'.",
            "Column 'gaps': 1 value such as 'NA' taken as missing.",
            "Column 'odd': 1 value that is no number taken as missing, the first, 'oops', in row 1.",
            "Column 'far': 1 infinite value taken as missing.",
            "Column 'when' holds dates such as 20.3.2024 (%d.%m.%Y): taken as days since 1970.",
            "Column 'at' holds times: taken as hours.",
        ]

    def test_names_do_not_command_the_terminal(self) -> None:
        notes = usable({"\x1b[31mred": [1.0] * 9})[1]
        assert notes == ["Column '\\x1b[31mred' dropped: it is 1 in every row."]

    def test_columns_can_be_dropped_by_name(self) -> None:
        assert usable({"a": [1, 2, 3], "b": [1, 2, 4]}, drop=("a",))[0] == ["b"]
        with pytest.raises(ChoiceError, match="column of table to drop: expected one of a, b, got 'aa'"):
            usable({"a": [1, 2], "b": [1, 2]}, drop=("aa",))


class TestTargets:
    def test_a_class_keeps_its_name(self) -> None:
        found, notes = targets(["None", "Apnea", "Insomnia", "None", "Apnea", "", "Insomnia"])
        assert found.names == ("Apnea", "Insomnia", "None")
        assert found.values.tolist() == [2, 0, 1, 2, 0, 1]
        assert notes == ["1 row without a value of 'y' dropped."]
        assert found.notes[-1] == "Target 'y': 'None' is taken as a class, of 2 rows (missing=['None'] says otherwise)."
        said, notes = targets(["None", "Apnea", "Insomnia", "None", "Apnea", "Insomnia"], missing=("None",))
        assert said.names == ("Apnea", "Insomnia")
        assert notes[0] == "2 rows without a value of 'y' dropped."

    def test_a_word_among_numbers_that_may_be_a_class_is_asked_about(self) -> None:
        values = ["None", "1", "2", "3", "1", "2", "3", "1"]
        with pytest.raises(
            TableError, match=r"got 'None'\. Say missing=\['None'\] \(--missing 'None'\) if it is none, task"
        ):
            targets(values)
        assert targets(values, "multiclass")[0].names == ("1", "2", "3", "None")
        assert targets(values, missing=("None",))[0].names == ("1", "2", "3")
        assert targets(["NA", *values[1:]])[0].names == ("1", "2", "3")
        assert targets(["-", *map(str, np.arange(20) / 7)])[0].task == "regression"

    @pytest.mark.parametrize(
        ("values", "task", "names"),
        [
            ([1.0, 0.0, 1.0], "binary", ("0", "1")),
            ([1234567, 2345678, 1234567], "binary", ("1234567", "2345678")),
            ([True, False, True], "binary", ("False", "True")),
            (["1,5", "2,25", "3,75", "4,5"], "regression", ("y",)),
            (pd.Categorical([30, 10, 20, 10]), "multiclass", ("10", "20", "30")),
            (pd.Categorical(list(range(20))), "multiclass", tuple(str(each) for each in range(20))),
            (pd.to_timedelta([1, 2, 4], unit="D").tolist(), "regression", ("y",)),
        ],
    )
    def test_tasks(self, values: Any, task: str, names: tuple[str, ...]) -> None:
        found = targets(values)[0]
        assert (found.task, found.names) == (task, names)

    @pytest.mark.parametrize(
        ("values", "message"),
        [
            (["2024-01-05", "2024-01-06"], "target 'y': expected numbers or classes, got dates such as 2025-12-31."),
            (["a", "b", "c"], "target 'y', row 1: expected a finite number, got 'a'. Correct or drop that row"),
            ([None, None], "column 'y': expected values, got none at all"),
            ([2.0, 2.0], "target 'y': expected at least two different values, got only 2.0"),
        ],
    )
    def test_what_is_no_target(self, values: list[Any], message: str) -> None:
        with pytest.raises(TableError, match=re.escape(message)):
            targets(values)

    def test_targets_keep_their_precision(self) -> None:
        values = [1.7e9 + i / 8 for i in range(60)]
        assert targets(values)[0].values[:, 0].tolist() == values


class TestDataset:
    """A dataset is float32, so it refuses what float32 cannot tell apart, unless float64 is asked for."""

    @pytest.mark.parametrize("column", ["a", "y"])
    def test_offsets_and_huge_numbers(self, tmp_path: Any, column: str) -> None:
        frame = pd.DataFrame({"a": np.arange(40) / 7, "y": np.arange(40) / 3})
        for values, message in (
            (
                1.7e9 + np.arange(40),
                r"expected numbers that float32, of seven digits, can tell apart, got numbers about 1\.7e",
            ),
            (1e42 * np.arange(40), r"expected numbers below 3\.4e38, got 3\.9e\+43\. Divide the column by a number, "),
        ):
            frame.assign(**{column: values}).to_csv(tmp_path / "t.csv", index=False)
            with pytest.raises(TableError, match=f"'{column}': {message}"):
                load(str(tmp_path / "t.csv"), target="y", task="regression")
            double = load(str(tmp_path / "t.csv"), target="y", task="regression", dtype=torch.float64)
            assert double.dtype == double.targets.dtype == torch.float64
            found = double.inputs[:, 0] if column == "a" else double.targets[:, 0]
            assert found.tolist() == pytest.approx(values.tolist(), rel=1e-15)
        frame.assign(**{column: 20_000 + np.arange(40)}).to_csv(tmp_path / "t.csv", index=False)
        assert len(load(str(tmp_path / "t.csv"), target="y", task="regression")) == 40

    def test_another_dtype_is_refused(self, tmp_path: Any) -> None:
        pd.DataFrame({"a": np.arange(40) / 7, "y": np.arange(40) % 2}).to_csv(tmp_path / "t.csv", index=False)
        with pytest.raises(DataError, match=r"t\.csv: expected torch.float32 or torch.float64, got torch.float16"):
            load(str(tmp_path / "t.csv"), target="y", dtype=torch.float16)
        classes = load(str(tmp_path / "t.csv"), target="y", dtype=torch.float64)
        assert classes.task == "binary"
        assert classes.targets.dtype == torch.float64
