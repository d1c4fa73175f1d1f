"""Many tables at once: reports, summary, tables that fail, exit status."""

import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from looplab import compare
from looplab.cli.compare import compare_command
from looplab.comparison.comparison import Comparison
from looplab.comparison.many import compare_many
from looplab.errors import CompareError


def line(rows: int = 40) -> pd.DataFrame:
    random = np.random.default_rng(0)
    x = random.normal(size=rows)
    return pd.DataFrame({"x": x, "y": 2 * x + 0.1 * random.normal(size=rows)})


@cache
def of_line() -> Comparison:
    return compare(line(), "y", repeats=1, seeds=1, folds=2, curve=False)


def compare_one(table: str) -> Comparison:
    if "empty" in table:
        raise CompareError("table", expected="rows", got="none")
    if "odd" in table:
        raise ZeroDivisionError("division by <zero>")
    return of_line()


def test_each_table_has_a_report_and_those_that_fail_do_not_stop_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "all" / "reports"
    summary = compare_many(["a.csv", "in/empty.csv", "odd.csv", "b/a.csv.gz", "summary.csv"], compare_one, folder)
    assert sorted(file.name for file in folder.iterdir()) == [
        "a-2.html", "a-2.json", "a.html", "a.json", "summary-2.html", "summary-2.json", "summary.csv", "summary.html"
    ]  # fmt: skip
    assert summary.failed == 2
    table = pd.read_csv(folder / "summary.csv")
    assert list(table["table"]) == ["a.csv", "in/empty.csv", "odd.csv", "b/a.csv.gz", "summary.csv"]
    assert list(table["report"].fillna("")) == ["a.html", "", "", "a-2.html", "summary-2.html"]
    assert table["problem"][1] == "table: expected rows, got none"
    assert table["problem"][2] == "ZeroDivisionError: division by <zero>"
    assert table["answer"][0] == of_line().answer
    assert table["gain_low"][0] <= table["gain"][0] <= table["gain_high"][0]
    assert json.loads((folder / "a.json").read_text())["sentence"] == of_line().sentence


def test_the_page_links_to_the_reports_and_says_what_failed(tmp_path: Path) -> None:
    compare_many(["my table.csv", "odd.csv"], compare_one, tmp_path)
    page = (tmp_path / "summary.html").read_text()
    assert re.findall('href="(.*?)"', page) == ["my%20table.html"]
    assert "<strong>No answer:</strong> ZeroDivisionError: division by &lt;zero&gt;" in page
    assert "Tables without an answer: 1." in page
    assert "http" not in page


def test_the_summary_is_there_when_later_tables_are_interrupted(tmp_path: Path) -> None:
    def interrupted(table: str) -> Comparison:
        if table == "b":
            raise KeyboardInterrupt
        return of_line()

    with pytest.raises(KeyboardInterrupt):
        compare_many(["a", "b"], interrupted, tmp_path)
    assert len(pd.read_csv(tmp_path / "summary.csv")) == 1


def test_no_report_replaces_that_of_another_table(tmp_path: Path) -> None:
    summary = compare_many(["a", "a-2", "b/a"], compare_one, tmp_path)
    assert list(summary.table["report"]) == ["a.html", "a-2.html", "a-3.html"]


def test_no_table_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(CompareError, match="tables: expected one or more, got none"):
        compare_many([], compare_one, tmp_path)


def test_options_that_do_not_go_together(tmp_path: Path) -> None:
    with pytest.raises(
        CompareError, match="--output: expected a folder for the reports of several tables, got 2 tables"
    ):
        compare_command(["a.csv", "b.csv"])
    for option in ("report", "save"):
        with pytest.raises(CompareError, match=f"--{option}: expected one table, without --output, got --output. Give"):
            compare_command(["a.csv"], output=tmp_path, **{option: tmp_path / "x"})  # type: ignore[arg-type]  # a path


def test_the_command(tmp_path: Path) -> None:
    line().to_csv(tmp_path / "line.csv", index=False)
    (tmp_path / "empty.csv").write_text("x,y\n")
    (tmp_path / "rivals.py").write_text("from sklearn.neighbors import KNeighborsRegressor as near\n")
    words = ["--target", "y", "--repeats", "1", "--seeds", "1", "--folds", "2", "--no-curve", "--arm", "rivals:near"]

    def ended(*tables: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "looplab", "compare", *tables, *words, "--output", "out"]
        return subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)

    some = ended("line.csv", "empty.csv")
    assert some.returncode == 1, some.stderr
    assert "│ line.csv" in some.stdout
    assert "\nempty.csv: " in some.stdout
    assert "summary.html" in some.stderr
    assert "near" in (tmp_path / "out" / "line.html").read_text()
    none = ended("empty.csv")
    assert none.returncode == 2
    assert "Traceback" not in none.stderr


@pytest.mark.parametrize(
    "address", ["postgresql://ada:hidden@host/houses", "sqlite:///houses?token=hidden", "mysql://ada:hidden@host/empty"]
)
@pytest.mark.parametrize("said", ["it is fine", "cannot reach {table}"])
def test_no_file_and_no_name_of_one_repeats_a_secret(tmp_path: Path, address: str, said: str) -> None:
    def one(table: str) -> Comparison:
        if "{table}" in said:
            raise OSError(said.format(table=table))
        return compare_one(table)

    compare_many([address, "a.csv"], one, tmp_path)
    for file in tmp_path.iterdir():
        assert "hidden" not in file.name
        assert "hidden" not in file.read_text()
    assert "***" in (tmp_path / "summary.csv").read_text()
