"""The benchmark of `compare`'s rivals runs, goes on where it was stopped, and becomes a table."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
pytestmark = [pytest.mark.checkout, pytest.mark.slow]
if str(BENCHMARKS) not in sys.path:
    sys.path.insert(0, str(BENCHMARKS))


def test_two_folds_become_a_table(tmp_path: Path) -> None:
    results = tmp_path / "compare_tables.json"
    command = [sys.executable, str(BENCHMARKS / "compare_tables.py"), "--tables", "linear", "--folds", "2"]
    for loss in (None, 12345.0):  # what the file holds is kept, however odd
        if loss is not None:
            known = json.loads(results.read_text())
            known["tables"]["linear"]["loss"]["default boosting"] = loss
            results.write_text(json.dumps(known))
        done = subprocess.run(
            [*command, "--output", str(results)], capture_output=True, text=True, check=False, timeout=240
        )
        assert done.returncode == 0, done.stderr
    report = json.loads(results.read_text())
    losses = report["tables"]["linear"]["loss"]
    assert losses["default boosting"] == 12345
    assert losses["linear"] < losses["gradient boosting"]
    assert losses["linear"] == pytest.approx(losses["careful linear"], rel=0.1)
    assert report["tables"]["linear"]["folds"] == 2

    report["tables"]["linear"]["gain_over_careful"] = {
        "linear": [0.1, 0.2, 0.3],
        "gradient boosting": [-0.3, -0.2, -0.1],
    }
    text = importlib.import_module("comparison_tables").compare_tables(report).replace("\n", " ")
    assert f"| linear | 150 × 5 | {losses['linear']:.3g} |" in text
    assert "lies above 0 in 1 and below 0 in 1: gradient boosting on linear (−30 % to −10 %)." in text
