"""The benchmark of `compare` by rows and columns runs, goes on where it stopped, and becomes a table."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.checkout  # the benchmarks do not come with the wheel

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MEASURED = BENCHMARKS / "results/compare_scale.json"


def run(*arguments: object) -> str:
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, cwd=BENCHMARKS, capture_output=True, text=True, check=False, timeout=900)
    assert done.returncode == 0, done.stderr
    return done.stdout


def rendered(results: Path) -> str:
    return run(
        "-c", "import json, sys, scale_tables as t; print(t.compare_scale(json.load(open(sys.argv[1]))))", results
    )


def entry(report: dict[str, Any], point: str, which: str) -> dict[str, Any]:
    found: dict[str, Any] = report["points"][point]["runs"][which]
    return found


@pytest.mark.slow
def test_a_quick_benchmark_becomes_a_table(tmp_path: Path) -> None:
    results = tmp_path / "compare_scale.json"
    run("compare_scale.py", "--quick", "--output", results)
    report = json.loads(results.read_text())
    assert list(report["points"]) == ["60 × 3", "80 × 4, classes and text"]
    for point in report["points"]:
        without, budgeted = (entry(report, point, which) for which in ("without", "with"))
        for each in (without, budgeted):
            assert (each["ended"], each["status"]) == ("by itself", 0)
            assert 100 < each["peak_megabytes"] < 4000, "of the comparing process, in millions of bytes"
            assert 0 < sum(each["seconds_of_parts"].values()) < each["processor_seconds"]
            assert {"reading", "linear", "gradient boosting", "model to save"} <= set(each["seconds_of_parts"])
        assert (without["folds_compared"], without["said_of_budget"]) == (3, [])
        assert "learning curve" in without["seconds_of_parts"]
        assert budgeted["folds_compared"] == 2
        assert "left out" in budgeted["said_of_budget"][0]

    # what the file holds is kept, however odd, and what it lacks is measured
    report["points"]["60 × 3"]["runs"]["without"]["peak_megabytes"] = 4321.0
    del report["points"]["60 × 3"]["runs"]["with"], report["points"]["80 × 4, classes and text"]
    results.write_text(json.dumps(report))
    run("compare_scale.py", "--quick", "--compiled", "--points", "60 × 3", "--output", results)
    again = json.loads(results.read_text())
    assert list(again["points"]) == ["60 × 3"]
    assert entry(again, "60 × 3", "without")["peak_megabytes"] == 4321
    assert entry(again, "60 × 3", "with")["status"] == 0
    text = rendered(results)
    assert "time with `--budget 0.1s`" in text
    assert "| 60 × 3 | " in text
    assert " s | 4.3 GB | " in text
    assert text.rstrip().endswith("every number.")


@pytest.mark.slow
def test_a_run_that_takes_too_long_is_ended_and_shown_as_such(tmp_path: Path) -> None:
    results = tmp_path / "compare_scale.json"
    run(
        "compare_scale.py",
        "--quick",
        "--points",
        "60 × 3",
        "--minutes",
        "0.05",
        "--runs",
        "without",
        "--output",
        results,
    )
    ended = entry(json.loads(results.read_text()), "60 × 3", "without")
    assert ended["ended"] == "for want of time"
    assert ended["processor_seconds"] > 2, "3 were allowed"
    assert "answer" not in ended
    assert "| 60 × 3 | more than " in rendered(results)


def test_every_point_that_was_measured_ended_well_or_is_said_to_take_too_long() -> None:
    report = json.loads(MEASURED.read_text())
    named = run("-c", "import compare_scale as c; print(*(each.name for each in c.POINTS), sep='\\n')").splitlines()
    assert [each for each in named if each in report["points"]] == list(report["points"])
    text = rendered(MEASURED)
    for point, found in report["points"].items():
        assert f"| {point} | " in text
        for which, each in found["runs"].items():
            assert "answer" in each or each["ended"] == "for want of time", f"{point}, {which}: {each}"
