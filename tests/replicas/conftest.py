"""What all tests of the backends have in common."""

import pytest

from looplab.replicas import timing


@pytest.fixture(autouse=True)
def no_clock_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """Which backend `auto` takes must not depend on how busy the machine is: nothing takes long enough to be timed."""
    monkeypatch.setattr(timing, "_SOON_SECONDS", float("inf"))
