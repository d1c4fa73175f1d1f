"""The benchmark of `train_many` runs, says what it missed, and its table is written into a README."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
MARKED = "".join(
    f"[//]: # (measured {name}: begin)\nstale numbers\n[//]: # (measured {name}: end)\n"
    for name in ("replicas", "grid", "compare_honesty", "claim_stability")
)
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

    for name in ("compare_honesty.json", "grid.json", "claim_stability.json"):
        (tmp_path / name).write_text((BENCHMARKS / "results" / name).read_text())
    readme.write_text(f"# Title\n\n{MARKED}rest\n")
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


@pytest.mark.slow
def test_the_grid_goes_on_where_it_was_stopped_and_becomes_a_picture_and_a_text(tmp_path: Path) -> None:
    results, picture, readme = tmp_path / "grid.json", tmp_path / "grid.svg", tmp_path / "README.md"
    first = run("grid.py", "--quick", "--shapes", "hidden 8, batch 64", "--output", results)
    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("1 of 1, ")
    known = json.loads(results.read_text())["shapes"]
    assert list(known) == ["20 features, hidden 8, batch 64"]

    second = run("grid.py", "--quick", "--shapes", "hidden 8", "--output", results)
    assert second.stdout.startswith("2 of 2, ")
    report = json.loads(results.read_text())
    shapes = report["shapes"]
    assert shapes["20 features, hidden 8, batch 64"] == known["20 features, hidden 8, batch 64"]
    for shape in shapes.values():
        assert set(shape["replicas"]) == {"R=1", "R=8"}
        for one in shape["replicas"].values():
            assert one["looplab_us"]["processor"] > 0
            assert one["times_faster_than_loop"]["processor"] > 0

    drawn = [run("grid_picture.py", "--results", results, "--output", picture) for _ in range(2)]
    assert [each.returncode for each in drawn] == [0, 0], drawn[0].stderr
    assert "<svg" in picture.read_text()
    for name in ("compare_honesty.json", "replicas.json", "claim_stability.json"):
        (tmp_path / name).write_text((BENCHMARKS / "results" / name).read_text())
    shapes["20 features, hidden 8, batch 64"]["replicas"]["R=8"]["times_faster_than_loop"]["processor"] = 0.5
    results.write_text(json.dumps(report))
    readme.write_text(MARKED)
    assert run("table.py", "--results", tmp_path, "--readme", readme).returncode == 0
    text = readme.read_text()
    assert "2 shapes, each with R = 1, 8 replicas in a call" in text
    assert "- slower than a PyTorch loop (0.50): 20 features, hidden 8, batch 64, R=8" in text
