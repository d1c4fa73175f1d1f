"""The benchmark of `train_many` runs, says what it missed, and its table is written into a README."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
pytestmark = pytest.mark.checkout


def run(script: str, *options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(BENCHMARKS / script), *map(str, options)],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def marked(name: str) -> str:
    return f"[//]: # (measured {name}: begin)\nstale numbers\n[//]: # (measured {name}: end)\n"


def test_the_tables_of_the_readme_are_what_was_measured() -> None:
    checked = run("table.py", "--check")
    assert checked.returncode == 0, checked.stderr


@pytest.mark.slow
def test_a_quick_benchmark_becomes_a_table(tmp_path: Path) -> None:
    results, readme = tmp_path / "replicas.json", tmp_path / "README.md"
    measured = run("replicas.py", "--quick", "--output", results)
    assert measured.returncode == 0, measured.stderr
    report = json.loads(results.read_text())
    for result in report["works"].values():
        assert result["backend"] == "fused: every layer has a compiled kernel"
        assert {"pytorch", "torch.func", "scikit-learn", "looplab"} <= set(result["microseconds per replica and step"])
        assert all(row["verdict"] in ("met", "MISSED") for row in result["targets"])
    assert measured.stdout.count("MISSED: ") == len(report["missed"])

    (tmp_path / "compare_honesty.json").write_text((BENCHMARKS / "results" / "compare_honesty.json").read_text())
    readme.write_text("# Title\n\n" + marked("replicas") + marked("compare_honesty") + "rest\n")
    assert "is not what" in run("table.py", "--check", "--results", tmp_path, "--readme", readme).stderr
    assert run("table.py", "--results", tmp_path, "--readme", readme).returncode == 0
    assert run("table.py", "--check", "--results", tmp_path, "--readme", readme).returncode == 0
    text = readme.read_text()
    assert "| looplab, `partial(mlp, …)` | " in text
    assert "| a sine, with a little noise | 0 of 100 | 100 of 100 | 0 of 100 |" in text
    assert "stale numbers" not in text
    assert text.endswith("rest\n")


def test_a_readme_without_the_markers_is_refused(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Title\n")
    report = {"works": {}, "versions": {"cores": 2, "processor": "", "torch": "", "jax": "", "scikit-learn": ""}}
    (tmp_path / "replicas.json").write_text(json.dumps(report))
    refused = run("table.py", "--results", tmp_path, "--readme", tmp_path / "README.md")
    assert refused.returncode == 1
    assert "expected the lines '[//]: # (measured replicas: begin)'" in refused.stderr
