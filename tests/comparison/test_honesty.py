"""`compare` on tables whose truth is known: a few here, a hundred of each kind in the committed measurement."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType

import pytest

pytestmark = pytest.mark.checkout  # the benchmarks do not come with the wheel

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
KINDS = ["linear", "sine", "noise", "shuffled"]
MEASURED = BENCHMARKS / "results/compare_honesty.json"


def honesty() -> ModuleType:
    spec = importlib.util.spec_from_file_location("compare_honesty", BENCHMARKS / "compare_honesty.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_fresh_tables_get_no_false_answer(kind: str) -> None:
    benchmark = honesty()
    given = benchmark.answers(kind, tables=2, first_seed=1000)[benchmark.MARGIN]
    assert set(given) <= {benchmark.KINDS[kind].truth, "undecided"}, f"{kind}: {dict(given)}"


@pytest.mark.parametrize("kind", KINDS)
def test_the_measurement_says_the_truth_95_times_in_100(kind: str) -> None:
    measured = json.loads(MEASURED.read_text())["kinds"][kind]
    assert measured["tables"] >= 100
    assert measured["share"] >= 0.95


def test_linear_tables_are_never_said_to_need_a_network() -> None:
    kinds = json.loads(MEASURED.read_text())["kinds"]
    assert not any("network" in entry["answers"] for name, entry in kinds.items() if name.startswith("linear"))


@pytest.mark.parametrize("kind", ["linear", "curved", "heavy tails", "uneven"])
def test_intervals_of_predict_were_measured_to_contain_what_they_say(kind: str) -> None:
    entry = json.loads((BENCHMARKS / "results/compare_coverage.json").read_text())["kinds"][kind]
    assert entry["tables"] >= 20
    assert all(found["mean"] >= float(asked) - 0.02 for asked, found in entry["coverage"].items())
    assert entry["ordinary_rows_called_unlike"] < 0.01
