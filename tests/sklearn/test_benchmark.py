"""The benchmark of `looplab.sklearn` runs, and becomes a table."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.checkout
@pytest.mark.slow
def test_a_quick_benchmark_becomes_a_table(tmp_path: Path) -> None:
    results = tmp_path / "sklearn_mlp.json"
    command = [sys.executable, str(BENCHMARKS / "sklearn_mlp.py"), "--quick", "--output", str(results)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240)
    assert done.returncode == 0, done.stderr
    report = json.loads(results.read_text())
    assert set(report["tables"]) == {"iris", "diabetes"}
    for table in report["tables"].values():
        assert set(table["mean_score"]) == {"looplab", "scikit-learn", "scikit-learn, one"}
        low, estimate, high = table["looplab_ahead"]
        assert low < estimate < high
        assert all(len(found["score"]) == report["folds"] == 5 for found in table["folds"].values())
    render = "import json, sys, sklearn_tables; print(sklearn_tables.sklearn_mlp(json.load(open(sys.argv[1]))))"
    rendered = subprocess.run(
        [sys.executable, "-c", render, str(results)], cwd=BENCHMARKS, capture_output=True, text=True, check=True
    )
    assert "| iris | 150 × 4 | log loss, negative | " in rendered.stdout
    assert rendered.stdout.rstrip().endswith("every number.")
