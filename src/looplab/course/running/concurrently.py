"""Running many lessons, two at a time, each in a kernel of its own."""

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from looplab.course.reading.lesson import Lesson
from looplab.course.running.cache import executed_async
from looplab.course.running.waiting import wait_for
from looplab.errors import LessonError

__all__ = ["Follower", "run_lessons"]

AT_ONCE = 2


class Follower(Protocol):
    """Is told how the lessons get on."""

    def ran(self, lesson: Lesson, fences: int, total: int, /) -> object:
        """Called before a lesson's code runs, with 0 fences, and after each fence; not if a kept execution is used."""

    def ended(self, lesson: Lesson, /) -> object:
        """Called after each lesson, whether it ran or not."""


def run_lessons(
    lessons: Iterable[Lesson], cache: Path | None, follower: Follower, *, stop_at_error: bool = True
) -> None:
    """Run the lessons whose executions are not kept yet, and keep them; Ctrl-C ends them all.

    Args:
        lessons: the lessons.
        cache: where executions are kept; the user's cache directory when None.
        follower: is told how they get on.
        stop_at_error: whether a lesson whose code raises ends all others; otherwise it is skipped.

    Raises:
        LessonError: the first one raised by a lesson, if that stops the others.
    """
    wait_for(_run_all, tuple(lessons), cache, follower, stop_at_error)


async def _run_all(lessons: tuple[Lesson, ...], cache: Path | None, follower: Follower, stop_at_error: bool) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(lesson: Lesson) -> None:
        async with turns:
            try:
                await executed_async(lesson, cache, lambda fences, total: follower.ran(lesson, fences, total))
            except LessonError:
                if stop_at_error:
                    raise
        follower.ended(lesson)

    try:
        async with asyncio.TaskGroup() as group:
            for lesson in lessons:
                group.create_task(run(lesson))
    except* LessonError as errors:
        raise errors.exceptions[0] from None
