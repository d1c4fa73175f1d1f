import re
from pathlib import Path

import pandas as pd
import pytest
import torch

from looplab import Dataset, load
from looplab.errors import ChoiceError, TableError, TableWarning


def write(folder: Path, text: str, name: str = "table.csv") -> str:
    path = folder / name
    path.write_bytes(text.encode())
    return str(path)


def test_a_plain_table(tmp_path: Path) -> None:
    dataset = load(write(tmp_path, "a,b,y\n1,2,0.5\n3,5,1.5\n4,1,2.5\n"), target="y")
    assert dataset.inputs.tolist() == [[1, 2], [3, 5], [4, 1]]
    assert dataset.targets.tolist() == [[0.5], [1.5], [2.5]]
    assert (dataset.name, dataset.task, dataset.feature_names) == ("table", "regression", ("a", "b"))
    assert dataset.notes == ()


def test_parquet_gives_what_csv_gives(tmp_path: Path) -> None:
    text = "a,colour,y\n1,red,0.5\n3,blue,1.5\n4,red,2.5\n"
    pd.read_csv(write(tmp_path, text)).to_parquet(tmp_path / "table.parquet")
    csv, parquet = (load(str(tmp_path / f"table.{kind}"), target="y") for kind in ("csv", "parquet"))
    assert torch.equal(csv.inputs, parquet.inputs)
    assert csv.feature_names == parquet.feature_names == ("a", "colour=blue", "colour=red")


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(tmp_path: Path, delimiter: str) -> None:
    path = write(tmp_path, "\ufeffa,y\n1,0.5\n3,1.5\n4,2.5\n".replace(",", delimiter))
    assert load(path, target="y").feature_names == ("a",)


def test_what_is_dropped_or_filled_is_said(tmp_path: Path) -> None:
    text = "a,b,same,colour,y\n1,2,7,red,0.5\n,5,7,,1.5\n4,1,7,blue,2.5\n9,1,7,red,\n"
    with pytest.warns(TableWarning) as warned:
        dataset = load(write(tmp_path, text), target="y")
    assert dataset.inputs.tolist() == [[1, 2, 0, 0, 1], [2.5, 5, 0, 1, 0], [4, 1, 1, 0, 0]]
    assert dataset.feature_names == ("a", "b", "colour=blue", "colour=missing", "colour=red")
    assert dataset.notes == (
        "1 row without a value of 'y' dropped.",
        "Column 'same' dropped: it is 7 in every row.",
        "Column 'a': 1 missing value filled with the median, 2.5.",
        "Column 'colour': 1 missing value made a category of their own, 'missing'.",
    )
    assert all(note in str(warned[0].message) for note in dataset.notes)


def test_each_kind_of_column_is_used_or_dropped_aloud(tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "who": [f"person {i}" for i in range(60)],
            "when": pd.date_range("1970-01-02", periods=60),
            "iso": pd.date_range("2026-01-01", periods=60).strftime("%Y-%m-%d"),
            "lasts": pd.to_timedelta(range(60), unit="h"),
            "empty": [None] * 60,
            "mixed": ["oops" if i == 7 else str(i) for i in range(60)],
            "huge": [float("inf") if i == 3 else i for i in range(60)],
            "flag": [i % 2 == 0 for i in range(60)],
            "y": [i / 7 for i in range(60)],
        }
    )
    frame.to_parquet(tmp_path / "table.parquet")
    with pytest.warns(TableWarning):
        dataset = load(str(tmp_path / "table.parquet"), target="y")
    assert dataset.feature_names == ("when", "iso", "lasts", "mixed", "huge", "flag")
    assert dataset.inputs[:2].tolist() == [[1, 20454, 0, 0, 0, 1], [2, 20455, pytest.approx(1 / 24), 1, 1, 0]]
    assert dataset.notes == (
        "Column 'who' dropped: it is text with 60 different values.",
        "Column 'when' holds dates: taken as days since 1970.",
        "Column 'iso' holds dates: taken as days since 1970.",
        "Column 'lasts' holds durations: taken as days.",
        "Column 'empty' dropped: it has no values.",
        "Column 'mixed': 1 value that is no number taken as missing, the first, 'oops', in row 8.",
        "Column 'huge': 1 infinite value taken as missing.",
        "Column 'mixed': 1 missing value filled with the median, 30.",
        "Column 'huge': 1 missing value filled with the median, 30.",
    )


@pytest.mark.parametrize(
    ("values", "task", "names"),
    [
        ("0.5 1.5 2.5 3.5", "regression", ("y",)),
        ("1 2 1 2", "binary", ("1", "2")),
        ("yes no no yes", "binary", ("no", "yes")),
        ("True False True False", "binary", ("False", "True")),
        ("3 5 7 7", "multiclass", ("3", "5", "7")),
        ("ox cat cat cow ox cow", "multiclass", ("cat", "cow", "ox")),
        (" ".join(str(i) for i in range(11)), "regression", ("y",)),
    ],
)
def test_the_task_is_told_from_the_target(tmp_path: Path, values: str, task: str, names: tuple[str, ...]) -> None:
    rows = "".join(f"{i},{value}\n" for i, value in enumerate(values.split()))
    dataset = load(write(tmp_path, "a,y\n" + rows), target="y")
    assert (dataset.task, dataset.target_names) == (task, names)


def test_a_task_can_be_said(tmp_path: Path) -> None:
    path = write(tmp_path, "a,y\n1,1\n2,2\n3,3\n")
    assert load(path, target="y", task="regression").task == "regression"
    guessed = load(path, target="y")
    assert guessed.notes == ("Target 'y' has 3 different values: taken as classes (task='regression' says otherwise).",)
    with pytest.raises(TableError, match="target 'y': expected two different values for task 'binary', got 3"):
        load(path, target="y", task="binary")


BAD = {
    "empty": ("", "expected column names in the first line, got an empty file"),
    "no rows": ("a,y\n", "expected rows below the column names, got none"),
    "ragged, short": ("a,b,y\n1,2,3\n1,2\n", "table.csv, line 3: expected 3 fields, as in the first line, got 2"),
    "ragged, long": ("a,y\n1,2\n1,2,3\n", "table.csv, line 3: expected 2 fields, as in the first line, got 3"),
    "unnamed": ("a,,y\n1,2,3\n", "table.csv, column 2: expected a name in the first line, got none. Name it."),
    "repeated": ("a,a,y\n1,2,3\n", "expected a different name for each column, got 'a' more than once"),
    "stray text": ("a,y\n1,0.5\n2,oops\n3,0.7\n", "target 'y', row 2: expected a finite number, got 'oops'"),
    "infinite": ("a,y\n1,0.5\n2,inf\n3,0.7\n", "target 'y', row 2: expected a finite number, got inf"),
    "names as target": ("a,y\n1,Ann\n2,Bob\n3,Cid\n", "target 'y', row 1: expected a finite number, got 'Ann'"),
    "one value": ("a,y\n1,5\n2,5\n", "target 'y': expected at least two different values, got only"),
    "no target": ("a,y\n1,\n2,\n", "column 'y': expected values, got none at all"),
    "nothing varies": (
        "a,y\n1,5\n1,6.5\n1,7\n",
        "expected at least one column that varies, beside the target, got none",
    ),
    "open quote": ('a,y\n1,"2\n', "expected well-formed CSV"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_tables_are_named(tmp_path: Path, case: str) -> None:
    text, message = BAD[case]
    with pytest.raises(TableError, match=re.escape(message)):
        load(write(tmp_path, text), target="y")


def test_a_missing_file_names_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "a\n1\n", "other.csv")
    with pytest.raises(
        TableError, match=r"none.csv: expected a file, got nothing there\. The same folder holds: other.csv\."
    ):
        load(str(tmp_path / "none.csv"), target="y")


def test_a_missing_target_lists_the_columns(tmp_path: Path) -> None:
    with pytest.raises(
        ChoiceError, match=r"target column of .*: expected one of cost, a, got 'costs'. Did you mean 'cost'"
    ):
        load(write(tmp_path, "a,cost\n1,2\n"), target="costs")


def test_a_wrong_encoding_names_the_line(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_bytes("a,y\n1,2\nnà,3\n".encode("latin-1"))
    with pytest.raises(TableError, match=r"table\.csv, line 3: expected UTF-8 text, got the byte 0xe0"):
        load(str(tmp_path / "table.csv"), target="y")


def test_a_damaged_parquet_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="expected a Parquet file, got something that cannot be read"):
        load(write(tmp_path, "PAR1 but no more", "table.parquet"), target="y")


def test_a_table_trains(tmp_path: Path) -> None:
    from looplab import Recipe, linear, train

    dataset: Dataset = load(write(tmp_path, "a,y\n0,1.0\n1,3.5\n2,5.0\n3,7.1\n"), target="y", task="regression")
    run = train(lambda: linear(1, 1), dataset, Recipe(optimizer="sgd", lr=0.1, steps=300))
    assert run.train_loss[-1] < 0.05
