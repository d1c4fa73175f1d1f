"""`looplab compare` as the command line runs it, with a note of how long each of its parts takes.

Usage: python timed_compare.py PARTS TABLE OPTION…

Time is processor time, also for a budget: given one thread, that is what a machine takes which has nothing else to do.
PARTS is the JSON file that is written whenever a part begins or ends, so that it also tells where a run was that did
not come to its end. What runs within a part counts as that part.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

from looplab.cli import main as looplab_main
from looplab.comparison import compare as comparing
from looplab.comparison import prepare as preparing
from looplab.comparison.budget import Budget, budget_of
from looplab.comparison.measure import ARMS
from looplab.comparison.why.reasons import Gatherer
from looplab.files import write_whole

OF_COMPARE = {
    "make_table": "reading",
    "rows_in_time": "timing a few rows",
    "share_out": "folds",
    "learning_curve": "learning curve",
    "fit_final": "model to save",
    "leaking_columns": "leaks",
}
"""Functions that `compare` calls, and the part that each is."""


class Parts:
    """How long parts took, in the order of their beginnings.

    Args:
        path: the file to keep up to date.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._current = path, ""
        self._seconds: dict[str, float] = {}
        self._calls: dict[str, int] = {}

    def timed(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The function, whose time counts as the part of this name unless it is called within another part."""

        @wraps(call)
        def noting(*args: Any, **options: Any) -> Any:
            if self._current:
                return call(*args, **options)
            self._current, began = name, time.process_time()
            self._seconds.setdefault(name, 0.0)
            self._calls[name] = self._calls.get(name, 0) + 1
            self._write()
            try:
                return call(*args, **options)
            finally:
                self._seconds[name] += time.process_time() - began
                self._current = ""
                self._write()

        return noting

    def _write(self) -> None:
        noted = {"seconds": self._seconds, "calls": self._calls, "in": self._current}
        write_whole(self._path, json.dumps(noted))  # this process may be ended at any moment


def budget_of_processor_time(given: "str | float | Budget | None") -> Budget:
    """The budget that a user wrote, by the clock of this process's work."""
    return Budget(budget_of(given).seconds, time.process_time)


def main() -> None:
    """Compare with the options of this process's arguments."""
    parts = Parts(Path(sys.argv[1]))
    vars(comparing)["budget_of"] = budget_of_processor_time
    for function, name in OF_COMPARE.items():
        setattr(comparing, function, parts.timed(name, getattr(comparing, function)))
    preparing._prepare = parts.timed("preparing", preparing._prepare)
    for arm, fit in list(ARMS.items()):
        ARMS[arm] = parts.timed(arm, fit)
    for method in ("__init__", "see", "reasons"):
        setattr(Gatherer, method, parts.timed("what the arms rely on", getattr(Gatherer, method)))
    sys.argv = ["looplab", "compare", *sys.argv[2:]]
    looplab_main()


if __name__ == "__main__":
    main()
