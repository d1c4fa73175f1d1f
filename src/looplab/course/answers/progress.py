"""The learner's progress: which exercises were tried, how often, and when each was first passed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from looplab.errors import FileError
from looplab.files import home_folder, locked, make_folder, parsed, read_bounded, write_whole
from looplab.files.system_errors import as_file_error

__all__ = ["Progress", "progress_and_trouble", "read_progress", "record"]

_MOST_BYTES = 4 * 2**20
_FIRST_YEAR, _LAST_YEAR = 2000, 9000  # a clock that is wrong; local time has no year 0 and no year 10,000


class Progress(Struct, frozen=True, kw_only=True):
    """What is known of one exercise.

    Attributes:
        attempts: how often an answer was checked.
        passed: when it was first right; None while it has not been.
    """

    attempts: Annotated[int, Meta(ge=0)]
    passed: datetime | None

    def __post_init__(self) -> None:
        if self.passed is not None and not _FIRST_YEAR <= self.passed.year <= _LAST_YEAR:
            raise ValueError(f"a date in the year {self.passed.year}")


class _Document(Struct):
    """What stands in the file."""

    exercises: dict[str, Progress]


def read_progress() -> dict[str, Progress]:
    """What is known of each exercise, by id; {} when nothing is. Changes nothing."""
    return progress_and_trouble()[0]


def progress_and_trouble() -> tuple[dict[str, Progress], str]:
    """What is known of each exercise, and a sentence when there is a file that cannot be understood."""
    try:
        path = _file()
    except FileError as error:
        return {}, str(error)
    try:
        return _read(path), ""
    except (OSError, ValueError):
        return {}, f"Your progress file {path} cannot be read. The next check sets it aside and begins a new one."


def record(exercise: str, *, passed: bool) -> str:
    """Count one attempt; returns "" or a sentence for the learner when something is wrong with the file.

    Safe for several processes at once. A file that cannot be understood is kept beside the new one.
    """
    try:
        path = _file()
        make_folder(path.parent, permissions=0o700)
        with locked(path.with_name("progress.lock")):
            known, trouble = _read_or_set_aside(path)
            before = known.get(exercise, Progress(attempts=0, passed=None))
            first_passed = before.passed or (datetime.now(UTC).replace(microsecond=0) if passed else None)
            known[exercise] = Progress(attempts=before.attempts + 1, passed=first_passed)
            _write(path, known)
    except FileError as error:
        return f"(Your progress could not be saved: {error})"
    return trouble


def _file() -> Path:
    return home_folder() / "progress.json"


def _read(path: Path) -> dict[str, Progress]:
    """Raises ValueError or FileError when the file holds anything but progress."""
    try:
        content = read_bounded(path, most_bytes=_MOST_BYTES)
    except FileNotFoundError:
        return {}
    return parsed(content, _Document).exercises


def _read_or_set_aside(path: Path) -> tuple[dict[str, Progress], str]:
    try:
        return _read(path), ""
    except (OSError, ValueError):
        aside = path.with_name(f"progress.unreadable-{datetime.now(UTC):%Y%m%d-%H%M%S-%f}.json")
        with as_file_error(path, expected="a file that can be set aside"):
            path.rename(aside)
        return {}, f"(Your progress file could not be understood. It is kept as {aside}, and a new one has begun.)"


def _write(path: Path, known: dict[str, Progress]) -> None:
    exercises = {
        exercise: {"attempts": entry.attempts, "passed": entry.passed.isoformat() if entry.passed else None}
        for exercise, entry in sorted(known.items())
    }
    write_whole(path, json.dumps({"exercises": exercises}, indent=2))
