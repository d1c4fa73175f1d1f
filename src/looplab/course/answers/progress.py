"""The learner's progress: which exercises were tried, how often, and when each was first passed."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import platformdirs

from looplab.files import write_whole

__all__ = ["Progress", "progress_and_trouble", "progress_folder", "read_progress", "record"]


@dataclass(frozen=True, kw_only=True)
class Progress:
    """What is known of one exercise.

    Attributes:
        attempts: how often an answer was checked.
        passed: when it was first right; None while it has not been.
    """

    attempts: int
    passed: datetime | None


def progress_folder() -> Path:
    """The folder that holds `progress.json`: LOOPLAB_HOME where that is set, else the user's data folder."""
    home = os.environ.get("LOOPLAB_HOME")
    return Path(home) if home else platformdirs.user_data_path("looplab", appauthor=False)


def read_progress() -> dict[str, Progress]:
    """What is known of each exercise, by id; {} when nothing is. Changes nothing."""
    return progress_and_trouble()[0]


def progress_and_trouble() -> tuple[dict[str, Progress], str]:
    """What is known of each exercise, and a sentence when the file is there but cannot be understood."""
    try:
        return _parsed(_file().read_bytes()), ""
    except FileNotFoundError:
        return {}, ""
    except (OSError, ValueError):
        return {}, f"Your progress file {_file()} cannot be read. The next check sets it aside and begins a new one."


def record(exercise: str, *, passed: bool) -> str:
    """Count one attempt; returns "" or a sentence for the learner when something is wrong with the file.

    Safe for several processes at once. A file that cannot be understood is kept beside the new one.
    """
    try:
        progress_folder().mkdir(parents=True, exist_ok=True)
        with _locked():
            known, trouble = _read_or_set_aside()
            before = known.get(exercise, Progress(attempts=0, passed=None))
            first_passed = before.passed or (datetime.now(UTC).replace(microsecond=0) if passed else None)
            known[exercise] = Progress(attempts=before.attempts + 1, passed=first_passed)
            _write(known)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else error
        return f"(Your progress could not be saved in {progress_folder()}: {reason}.)"
    return trouble


def _file() -> Path:
    return progress_folder() / "progress.json"


def _parsed(content: bytes) -> dict[str, Progress]:
    """Raises ValueError when the content is anything but progress."""
    document = json.loads(content)
    if not isinstance(document, dict) or not isinstance(document.get("exercises"), dict):
        raise ValueError("not a progress file")
    return {exercise: _entry(entry) for exercise, entry in document["exercises"].items()}


def _entry(entry: Any) -> Progress:
    if not isinstance(entry, dict) or not isinstance(entry.get("attempts"), int) or "passed" not in entry:
        raise ValueError("not an entry of a progress file")
    passed = entry["passed"]
    if not isinstance(passed, str | None):
        raise ValueError("not a date")
    return Progress(attempts=entry["attempts"], passed=datetime.fromisoformat(passed) if passed else None)


def _read_or_set_aside() -> tuple[dict[str, Progress], str]:
    try:
        return _parsed(_file().read_bytes()), ""
    except FileNotFoundError:
        return {}, ""
    except ValueError:
        aside = _file().with_name(f"progress.unreadable-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.json")
        _file().rename(aside)
        return {}, f"(Your progress file could not be understood. It is kept as {aside}, and a new one has begun.)"


def _write(known: dict[str, Progress]) -> None:
    exercises = {
        exercise: {"attempts": entry.attempts, "passed": entry.passed.isoformat() if entry.passed else None}
        for exercise, entry in sorted(known.items())
    }
    write_whole(_file(), json.dumps({"exercises": exercises}, indent=2))


@contextmanager
def _locked() -> Iterator[None]:
    """Keep other processes out until the block ends."""
    with (progress_folder() / "progress.lock").open("a+b") as lock:
        if sys.platform == "win32":
            import msvcrt

            lock.seek(0)
            msvcrt.locking(lock.fileno(), msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(lock, fcntl.LOCK_EX)
        yield  # closing the file unlocks it
