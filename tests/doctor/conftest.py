"""Examinations in tests have time enough: what they find must not depend on what else the machine does."""

import importlib

import pytest

PATIENCE = 10


@pytest.fixture(autouse=True)
def _time_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    examining = importlib.import_module("looplab.doctor.examine")
    for limit in ("FOLLOWING_SECONDS", "TRIALS_SECONDS"):
        monkeypatch.setattr(examining, limit, PATIENCE * getattr(examining, limit))
