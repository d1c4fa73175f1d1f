"""Running many lessons, two at a time, each in a kernel of its own."""

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from looplab.course.reading.lesson import Lesson
from looplab.course.running.cache import executed_async
from looplab.course.running.waiting import wait_for
from looplab.errors import LessonError

__all__ = ["progress_bar", "run_lessons"]

AT_ONCE = 2


def progress_bar() -> Progress:
    """A bar that shows how many lessons have run, on stderr, if that is a terminal."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal, transient=True)


def run_lessons(
    lessons: Iterable[Lesson], cache: Path | None, after_each: Callable[[], object], *, stop_at_error: bool = True
) -> None:
    """Run the lessons whose executions are not kept yet, and keep them; Ctrl-C ends them all.

    Args:
        lessons: the lessons.
        cache: where executions are kept; the user's cache directory when None.
        after_each: called after each lesson.
        stop_at_error: whether a lesson whose code raises ends all others; otherwise it is skipped.

    Raises:
        LessonError: the first one raised by a lesson, if that stops the others.
    """
    wait_for(_run_all, tuple(lessons), cache, after_each, stop_at_error)


async def _run_all(
    lessons: tuple[Lesson, ...], cache: Path | None, after_each: Callable[[], object], stop_at_error: bool
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(lesson: Lesson) -> None:
        async with turns:
            try:
                await executed_async(lesson, cache)
            except LessonError:
                if stop_at_error:
                    raise
        after_each()

    try:
        async with asyncio.TaskGroup() as group:
            for lesson in lessons:
                group.create_task(run(lesson))
    except* LessonError as errors:
        raise errors.exceptions[0] from None
