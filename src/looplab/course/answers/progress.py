"""The learner's progress: which exercises and questions were tried, how often, and when each was first passed."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from looplab.errors import FileError
from looplab.files import home_folder, locked, make_folder, parsed, read_bounded, write_whole
from looplab.files.system_errors import as_file_error

__all__ = ["CAPSTONE", "Progress", "progress_and_trouble", "read_progress", "record"]

CAPSTONE = "capstone"
"""The id under which a capstone is counted; that of an exercise is a number."""

_MOST_BYTES = 4 * 2**20
_MOST_ANSWERS = 26
_FIRST_YEAR, _LAST_YEAR = 2000, 9000  # a clock that is wrong; local time has no year 0 and no year 10,000


class Progress(Struct, frozen=True, kw_only=True):
    """What is known of one exercise, or of one question of a quiz.

    Attributes:
        attempts: how often an answer was checked.
        passed: when it was first right; None while it has not been.
        answers: the letters that were chosen of a question, each once, in the order in which they came.
    """

    attempts: Annotated[int, Meta(ge=0)]
    passed: datetime | None
    answers: Annotated[tuple[Annotated[str, Meta(max_length=1)], ...], Meta(max_length=_MOST_ANSWERS)] = ()

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


def record(exercise: str, *, passed: bool, answer: str = "") -> str:
    """Count one attempt; returns "" or a sentence for the learner when something is wrong with the file.

    Safe for several processes at once. A file that cannot be understood is kept beside the new one.

    Args:
        exercise: the id of an exercise or a question, or `CAPSTONE`.
        passed: whether the answer was right.
        answer: the letter that was chosen of a question.
    """
    try:
        path = _file()
        make_folder(path.parent, permissions=0o700)
        with locked(path.with_name("progress.lock")):
            known, trouble = _read_or_set_aside(path)
            before = known.get(exercise, Progress(attempts=0, passed=None))
            first_passed = before.passed or (datetime.now(UTC).replace(microsecond=0) if passed else None)
            answers = before.answers if answer in ("", *before.answers) else (*before.answers, answer)
            known[exercise] = Progress(attempts=before.attempts + 1, passed=first_passed, answers=answers)
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
    exercises = {exercise: _fields(entry) for exercise, entry in sorted(known.items())}
    write_whole(path, json.dumps({"exercises": exercises}, indent=2))


def _fields(entry: Progress) -> dict[str, object]:
    passed = entry.passed.isoformat() if entry.passed else None
    answers = {"answers": list(entry.answers)} if entry.answers else {}
    return {"attempts": entry.attempts, "passed": passed, **answers}
