"""Executions are kept: a lesson runs again only when its code, looplab or one of its libraries has changed."""

import hashlib
import json
import platform
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from msgspec import Struct

from looplab.course.reading.lesson import Lesson
from looplab.course.running.execution import Execution, execute_async
from looplab.course.running.waiting import wait_for
from looplab.files import cache_folder, parsed, read_bounded, write_whole

__all__ = ["executed", "executed_async", "load_execution"]

FORMAT = 3
"""Increased whenever the meaning of what is kept changes."""

LIBRARIES = ("looplab", "torch", "numpy", "scikit-learn", "matplotlib", "matplotlib-inline", "ipykernel")
KEPT_PER_LESSON = 3
_MOST_BYTES = 256 * 2**20


class _Kept(Struct):
    """What a file holds."""

    seconds: float
    outputs: list[list[dict[str, Any]]]


def executed(
    lesson: Lesson, folder: Path | None = None, report: Callable[[int, int], object] | None = None
) -> Execution:
    """The same as `executed_async`, for code that is not asynchronous."""
    return wait_for(executed_async, lesson, folder, report)


async def executed_async(
    lesson: Lesson, folder: Path | None = None, report: Callable[[int, int], object] | None = None
) -> Execution:
    """The lesson's execution: the kept one if nothing has changed, otherwise a new one.

    Args:
        lesson: the lesson.
        folder: where executions are kept; by default the user's cache directory.
        report: see `execute_async`.

    Raises:
        LessonError: the code raises or hangs.
    """
    kept = load_execution(lesson, folder)
    if kept is not None:
        return kept
    execution = await execute_async(lesson, report)
    path = _path(lesson, folder)
    write_whole(path, json.dumps({"seconds": execution.seconds, "outputs": execution.outputs}))
    _prune(path, lesson)
    return execution


def load_execution(lesson: Lesson, folder: Path | None = None) -> Execution | None:
    """The kept execution of a lesson as it is now; None if there is none."""
    from nbformat import from_dict

    try:
        kept = parsed(read_bounded(_path(lesson, folder), most_bytes=_MOST_BYTES), _Kept)
        outputs = tuple(tuple(from_dict(output) for output in outputs) for outputs in kept.outputs)
        return Execution(outputs, kept.seconds)
    except (OSError, ValueError):
        return None


def _path(lesson: Lesson, folder: Path | None) -> Path:
    return (folder or cache_folder()) / "executed" / f"{lesson.number}-{_key(lesson)}.json"


def _key(lesson: Lesson) -> str:
    parts = [FORMAT, _versions(), [fence.code for fence in lesson.cells]]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]


@cache
def _versions() -> list[str]:
    return [platform.python_version(), *(f"{name} {_version(name)}" for name in LIBRARIES)]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"


def _prune(path: Path, lesson: Lesson) -> None:
    kept = sorted(path.parent.glob(f"{lesson.number}-*.json"), key=lambda old: old.stat().st_mtime)
    for old in kept[:-KEPT_PER_LESSON]:
        old.unlink(missing_ok=True)
