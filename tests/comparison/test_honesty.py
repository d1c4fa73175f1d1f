"""`compare` on tables whose truth is known: a few here, a hundred of each kind in the committed measurement."""

import importlib
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from looplab import compare

pytestmark = pytest.mark.checkout  # the benchmarks do not come with the wheel

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MEASURED = BENCHMARKS / "results/compare_honesty.json"
sys.path.insert(0, str(BENCHMARKS))

honesty = importlib.import_module("compare_honesty")
KINDS = sorted(honesty.KINDS)


def of_measured_kinds() -> dict[str, dict[str, Any]]:
    kinds: dict[str, dict[str, Any]] = json.loads(MEASURED.read_text())["kinds"]
    return kinds


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_fresh_tables_get_no_false_answer(kind: str) -> None:
    given, wrong_leaks = honesty.answers(kind, tables=2, first_seed=1000)
    assert set(given[honesty.MARGIN]) <= {honesty.KINDS[kind].truth, "undecided"}, f"{kind}: {given}"
    assert wrong_leaks == 0


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["linear", "skewed"])
def test_the_measurement_answers_as_compare_does(kind: str) -> None:
    table = honesty.KINDS[kind].make(np.random.default_rng(7))
    assert honesty.answered(kind, 7)[0][honesty.MARGIN] == compare(table, "y", curve=False, why=False, seed=7).answer


def test_of_500_measured_tables_fewer_than_one_in_fifty_got_a_wrong_answer() -> None:
    report = json.loads(MEASURED.read_text())
    assert sorted(report["kinds"]) == KINDS
    assert report["tables"] >= 500
    assert report["wrong"] < 0.02 * report["tables"]


def test_what_is_there_was_found() -> None:
    for name, entry in of_measured_kinds().items():
        found = entry["answers"].get(honesty.KINDS[name].truth, 0)
        assert found >= 0.9 * entry["tables"], name


@pytest.mark.parametrize("kind", ["linear", "curved", "heavy tails", "uneven"])
def test_intervals_of_predict_were_measured_to_contain_what_they_say(kind: str) -> None:
    entry = json.loads((BENCHMARKS / "results/compare_coverage.json").read_text())["kinds"][kind]
    assert entry["tables"] >= 20
    assert all(found["mean"] >= float(asked) - 0.02 for asked, found in entry["coverage"].items())
    assert entry["ordinary_rows_called_unlike"] < 0.01
