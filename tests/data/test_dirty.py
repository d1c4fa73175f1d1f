"""The law of reading: a value is read as what it means, or it is counted as not read, or the table is refused.

Never is one taken for something else. Tables are drawn with their truth (`dirty.py`); a seed that fails is a test.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest

from looplab.comparison.preparation import Preparation
from looplab.comparison.rereading import reread
from looplab.data.columns import usable_columns
from looplab.data.options import ReadOptions
from looplab.data.read import find_table
from looplab.errors import LooplabError

from .dirty import Column, draw_style, draw_table
from .dirty_files import write_table
from .judging import ROWS, faults, is_meant, judge, read, said_badly

OPTIONS = ReadOptions()
BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
REFUSED_AT_MOST = 0.2


def one_sentence(error: LooplabError) -> None:
    """A refusal says what is wrong and what to do, in one line."""
    assert not said_badly(str(error)), error


def try_table(seed: int) -> str:
    """ "read" or "refused"; an assertion fails for anything else."""
    judged = judge(seed)
    assert judged.outcome in ("read", "refused"), f"seed {seed}, {judged.style}: {judged.said}"
    return judged.outcome


def try_prediction(seed: int) -> str:
    """A model's columns, and new rows of the same kinds in another style."""
    random = np.random.default_rng(seed)
    truth, style = draw_table(random, ROWS), draw_style(random)
    with tempfile.TemporaryDirectory() as folder:
        try:
            table = read(write_table(truth, style, Path(folder), "table"))
        except LooplabError:
            return "not trained"
        notes: list[str] = []
        columns = usable_columns(table, notes, repeated=True)
        preparation = Preparation.learn(columns)
        other = style if random.random() < 0.3 else draw_style(random)
        fresh = draw_table(random, 25, {name: column.kind for name, column in truth.items()})
        path = write_table(fresh, other, Path(folder), "new")
        try:
            again = reread(find_table(path, OPTIONS).frame, table.readings, preparation, OPTIONS)
        except LooplabError as error:
            one_sentence(error)
            return "refused"
    for name in preparation.names:
        column = fresh[name]
        for row, (found, meant) in enumerate(zip(again.columns[name], column.values, strict=True)):
            replaced = name in again.replaced[row].split("; ")
            if meant is None:
                assert replaced or str(found) == str(column.odd.get(row)) or found is None, (
                    f"seed {seed}: {name} ({column.kind}), row {row}: {found!r} where nothing is"
                )
            else:
                assert replaced or is_meant(found, meant), (
                    f"seed {seed}, {style} then {other}: {name} ({column.kind}), row {row}: {found!r}, not {meant!r}"
                )
    if any(again.replaced):
        assert again.warnings
    return "read"


@pytest.mark.parametrize("seed", range(60))
def test_a_dirty_table_is_read_right_at_once_or_with_the_options_that_it_is_refused_for(seed: int) -> None:
    judged = judge(seed, with_options=True)
    assert judged.outcome == "read", f"seed {seed}, {judged.style}, {judged.options}: {judged.said}"


@pytest.mark.parametrize(
    ("changed", "fault"),
    [
        ("1,2\n3,5\n", "b (whole), row 1: 5.0, not 4.0"),
        ("1,2\n3,NA\n", "b (whole), row 1: 4.0 taken for missing"),
        ("1,2\n", "1 rows, not 2"),
    ],
)
def test_what_is_misread_is_a_fault(tmp_path: Path, changed: str, fault: str) -> None:
    truth = {"a": Column(kind="whole", values=[1.0, 3.0]), "b": Column(kind="whole", values=[2.0, 4.0])}
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    assert faults(read(tmp_path / "t.csv"), truth) == []
    (tmp_path / "t.csv").write_text(f"a,b\n{changed}")
    assert fault in faults(read(tmp_path / "t.csv"), truth)


def test_a_lost_and_an_added_column_are_faults(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("a,b\n1,2\n3,4\n")
    assert faults(read(tmp_path / "t.csv"), {"a": Column(kind="whole", values=[1.0, 3.0])}) == ["b added"]
    assert "c lost" in faults(read(tmp_path / "t.csv"), {"c": Column(kind="whole", values=[1.0, 3.0])})


@pytest.mark.checkout
def test_none_of_the_five_hundred_tables_that_were_measured_is_silently_wrong() -> None:
    measured = json.loads((BENCHMARKS / "results/dirty_tables.json").read_text())
    outcomes = measured["outcomes"]
    assert measured["tables"] == sum(outcomes.values()) == 500
    assert outcomes["wrong"] == outcomes["crashed"] == 0
    assert [each["seed"] for each in measured["not_read"] if not each["said"]] == []


@pytest.mark.checkout
def test_the_benchmark_counts_each_table_once(tmp_path: Path) -> None:
    script = BENCHMARKS / "dirty_tables.py"
    output = tmp_path / "dirty.json"
    command = [sys.executable, str(script), "--tables", "4", "--output", str(output)]
    subprocess.run(command, check=True, capture_output=True)
    counted = json.loads(output.read_text())
    assert sum(counted["outcomes"].values()) == counted["tables"] == 4
    files = {part: outcomes for part, outcomes in counted["by_part"].items() if part.startswith("file ")}
    assert sum(sum(outcomes.values()) for outcomes in files.values()) == 4


@pytest.mark.parametrize("seed", range(1000, 1015))
def test_new_rows_in_another_style_are_read_right_or_refused(seed: int) -> None:
    assert try_prediction(seed) in ("read", "refused", "not trained")


@pytest.mark.slow
def test_five_hundred_dirty_tables_are_read_right_or_refused() -> None:
    outcomes = [try_table(seed) for seed in range(2000, 2500)]
    assert outcomes.count("refused") <= REFUSED_AT_MOST * len(outcomes)


@pytest.mark.slow
def test_new_rows_of_five_hundred_tables_are_read_right_or_refused() -> None:
    outcomes = [try_prediction(seed) for seed in range(3000, 3500)]
    assert outcomes.count("read") >= 0.3 * len(outcomes)
