"""When it is time to save."""

import time

__all__ = ["SaveClock"]

_SECONDS = 10.0
_SHARE = 0.02
"""Saving takes at most this share of the time."""


class SaveClock:
    """Says about every ten seconds that it is time to save, and less often where saving takes long."""

    def __init__(self) -> None:
        self._due = time.perf_counter() + _SECONDS

    def is_due(self) -> bool:
        """Whether it is time."""
        return time.perf_counter() >= self._due

    def saved(self, began: float) -> None:
        """Count from now on, after a save that began at a reading of `time.perf_counter`."""
        now = time.perf_counter()
        self._due = now + max(_SECONDS, (now - began) / _SHARE)
