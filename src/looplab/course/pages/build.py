"""Building pages: one at a time while the course is served, or all of them into a folder."""

import asyncio
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from looplab.course.lessons import Lesson
from looplab.course.lessons.cache import executed_async
from looplab.course.lessons.waiting import wait_for
from looplab.course.pages.builder import CourseBuilder
from looplab.errors import LessonError, LooplabError

__all__ = ["BUDGET_SECONDS", "CourseBuilder", "build_course"]

BUDGET_SECONDS = 360.0
"""What the whole course may take from nothing on two cores."""

AT_ONCE = 2
DEFAULT_OUTPUT = Path("build") / "course"
MARKER = ".looplab-course"


def build_course(output: Path | None = None, *, course: Path | None = None, cache: Path | None = None) -> Path:
    """Build all pages into a folder; they read from disk, without server or network.

    A lesson whose code has not changed is not run again. Progress is shown where there is a terminal.

    Args:
        output: the folder, which must be new, empty, or from an earlier build; `build/course` in the current folder
            when left out. It is replaced whole, and only when everything has been built.
        course: the folder of the lessons; those that came with looplab when left out.
        cache: where executions are kept; the user's cache directory when left out.

    Returns:
        The folder, with `index.html` in it.

    Raises:
        LessonError: a lesson breaks the format, or its code raises. Nothing is left behind.
        LooplabError: the folder holds something else.
    """
    target = (output or DEFAULT_OUTPUT).absolute()
    _require_ours(target)
    begin = time.monotonic()
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder:
        builder = CourseBuilder(Path(folder) / "new", course=course, cache=cache)
        _build_all(builder)
        (builder.output / MARKER).write_text("The pages of the looplab course. The next build replaces this folder.\n")
        if target.exists():
            target.rename(Path(folder) / "old")
        builder.output.rename(target)
    seconds = time.monotonic() - begin
    if seconds > BUDGET_SECONDS:
        print(f"looplab: the build took {seconds:.0f} s; its budget is {BUDGET_SECONDS:.0f} s", file=sys.stderr)
    return target


def _require_ours(target: Path) -> None:
    if not target.exists() or (target.is_dir() and ((target / MARKER).is_file() or not any(target.iterdir()))):
        return
    raise LooplabError(
        "output",
        expected="a new or empty folder, or one that holds an earlier build",
        got=f"{target}, which holds something else",
        fix="Name another folder.",
    )


def _build_all(builder: CourseBuilder) -> None:
    """Run the lessons, two at a time, then render all pages at once."""
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), MofNCompleteColumn(), TimeElapsedColumn())
    builder.require_faultless()
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("Running lessons", total=len(builder.lessons))
        wait_for(_run_lessons, builder, lambda: progress.advance(task))
        progress.update(task, description="Rendering pages")
        builder.build_all()


async def _run_lessons(builder: CourseBuilder, done: Callable[[], None]) -> None:
    """Run the lessons, two at a time; the first error and Ctrl-C end them all."""
    turns = asyncio.Semaphore(AT_ONCE)

    async def run(lesson: Lesson) -> None:
        async with turns:
            await executed_async(lesson, builder.cache)
        done()

    try:
        async with asyncio.TaskGroup() as group:
            for lesson in builder.lessons.values():
                group.create_task(run(lesson))
    except* LessonError as errors:
        raise errors.exceptions[0] from None
