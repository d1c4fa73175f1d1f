"""Building pages: one at a time while the course is served, or all of them into a folder."""

import sys
import tempfile
import time
from pathlib import Path

from looplab.course.pages.builder import CourseBuilder
from looplab.course.running.concurrently import run_lessons
from looplab.course.running.shown import ShownProgress
from looplab.errors import LooplabError
from looplab.files import make_folder, write_whole
from looplab.files.system_errors import as_file_error

__all__ = ["BUDGET_SECONDS", "CourseBuilder", "build_course"]

BUDGET_SECONDS = 360.0
"""The seconds that building the whole course from scratch may take on two cores."""

DEFAULT_OUTPUT = Path("build") / "course"
MARKER = ".looplab-course"


def build_course(
    output: Path | None = None, *, course: Path | None = None, cache: Path | None = None, quiet: bool = False
) -> Path:
    """Build all pages into a folder; they can be read from disk, without a server or network.

    A lesson whose code has not changed is not run again. Progress is shown if there is a terminal.

    Args:
        output: the folder, which must be new, empty, or from an earlier build; by default `build/course` in the current
            folder. It is replaced whole, and only when everything has been built.
        course: the folder of the lessons; by default those that came with looplab.
        cache: where executions are kept; by default the user's cache directory.
        quiet: show no progress, even on a terminal.

    Returns:
        The folder, with `index.html` in it.

    Raises:
        LessonError: a lesson breaks the format, or its code raises. Nothing is left behind.
        LooplabError: the folder holds something else.
    """
    target = (output or DEFAULT_OUTPUT).absolute()
    _require_ours(target)
    begin = time.monotonic()
    make_folder(target.parent)
    with (
        as_file_error(target, expected="a folder that can be written"),
        tempfile.TemporaryDirectory(prefix=f".{target.name}-", dir=target.parent) as folder,
    ):
        builder = CourseBuilder(Path(folder) / "new", course=course, cache=cache)
        _build_all(builder, quiet=quiet)
        write_whole(builder.output / MARKER, "The pages of the looplab course. The next build replaces this folder.\n")
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


def _build_all(builder: CourseBuilder, *, quiet: bool) -> None:
    """Run the lessons, two at a time, then render all pages at once."""
    builder.require_faultless()
    with ShownProgress(len(builder.lessons), quiet=quiet) as progress:
        run_lessons(builder.lessons.values(), builder.cache, progress)
        builder.build_all(progress.say)
