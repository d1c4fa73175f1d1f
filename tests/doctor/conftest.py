"""Examinations in tests have time enough: what they find must not depend on what else the machine does."""

import importlib
from pathlib import Path

import pytest

PATIENCE = 10
BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
collect_ignore = (
    [] if BENCHMARKS.is_dir() else ["test_healthy_nets.py", "test_published_rules.py"]
)  # whose imports are there


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    examining = importlib.import_module("looplab.doctor.examine")
    for limit in ("FOLLOWING_SECONDS", "TRIALS_SECONDS"):
        monkeypatch.setattr(examining, limit, PATIENCE * getattr(examining, limit))
