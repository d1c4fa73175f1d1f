"""`check_course`: every fault of every lesson, in the order of the files."""

from collections.abc import Sequence
from pathlib import Path

from looplab.content import course_folder, lesson_folders
from looplab.course.checking.claims import claim_faults
from looplab.course.checking.excerpts import excerpt_faults
from looplab.course.checking.execution import running_faults
from looplab.course.checking.exercise_form import exercise_text_faults
from looplab.course.checking.exercises import exercise_faults
from looplab.course.checking.fences import fence_faults, unclosed_faults
from looplab.course.checking.front_matter import front_matter_faults
from looplab.course.checking.headings import heading_faults
from looplab.course.checking.links import link_faults
from looplab.course.checking.live import live_faults
from looplab.course.checking.mathematics import math_faults
from looplab.course.checking.minutes import minutes_faults
from looplab.course.checking.quiz import quiz_faults
from looplab.course.reading.course_file import read_course_file
from looplab.course.reading.faults import Fault
from looplab.course.reading.finding import PAGES, find_lesson, list_lessons
from looplab.course.reading.lesson import LESSON_FILE, Lesson
from looplab.course.reading.markdown import read_lesson
from looplab.course.running.concurrently import run_lessons
from looplab.course.running.shown import ShownProgress

__all__ = ["check_course", "check_lesson", "check_page"]


def check_course(
    lessons: Sequence[str] | None = None,
    *,
    run: bool = True,
    folder: Path | None = None,
    cache: Path | None = None,
    quiet: bool = False,
) -> list[Fault]:
    """Check lessons; if none is named, check all of them and the course's other pages.

    Args:
        lessons: their numbers, for instance ["2.4"].
        run: also run the lessons' code and their exercises.
        folder: the course's folder; by default the one that came with looplab.
        cache: where executions are kept; by default the user's cache directory.
        quiet: show no progress, even on a terminal.

    Returns:
        The faults, in the order of the lessons and of their lines; empty if there are none.

    Raises:
        ChoiceError: there is no lesson of that number.
    """
    home = folder or course_folder()
    chosen = list_lessons(home) if lessons is None else [find_lesson(number, home) for number in lessons]
    faults: list[Fault] = []
    if lessons is None:
        for name in PAGES:
            faults += _file_faults(home / name, home)
        faults += read_course_file(home).faults
        faults += _missing_faults(home)
    reading = [sorted(_reading_faults(lesson, home)) for lesson in chosen]
    if run:
        _run_ahead([lesson for lesson, found in zip(chosen, reading, strict=True) if not found], cache, quiet=quiet)
    for lesson, found in zip(chosen, reading, strict=True):
        faults += found or (sorted(_running_faults(lesson, cache)) if run else [])
    return faults


def check_lesson(
    lesson: Lesson, *, run: bool = True, folder: Path | None = None, cache: Path | None = None
) -> list[Fault]:
    """Check one lesson; its code and its exercises are run only when nothing else is wrong with it."""
    found = _reading_faults(lesson, folder or course_folder())
    return found or (_running_faults(lesson, cache) if run else [])


def _run_ahead(lessons: list[Lesson], cache: Path | None, *, quiet: bool) -> None:
    """Run the code of several lessons, two at a time; what goes wrong is reported when each lesson is checked."""
    with ShownProgress(len(lessons), quiet=quiet) as progress:
        run_lessons(lessons, cache, progress, stop_at_error=False)


def _running_faults(lesson: Lesson, cache: Path | None) -> list[Fault]:
    """What running a lesson's exercises and its code shows."""
    return [*exercise_faults(lesson), *running_faults(lesson, cache)]


def _reading_faults(lesson: Lesson, folder: Path) -> list[Fault]:
    """What reading a lesson shows."""
    unclosed = unclosed_faults(lesson)
    if unclosed:
        return unclosed  # anything after such a fence is misread
    return [
        *front_matter_faults(lesson, folder),
        *heading_faults(lesson, folder),
        *exercise_text_faults(lesson),
        *quiz_faults(lesson),
        *minutes_faults(lesson),
        *fence_faults(lesson),
        *math_faults(lesson),
        *link_faults(lesson, folder),
        *claim_faults(lesson, folder),
        *excerpt_faults(lesson, folder),
        *live_faults(lesson, folder),
    ]


def _missing_faults(folder: Path) -> list[Fault]:
    """The lesson folders that hold no lesson."""
    files = [place / LESSON_FILE for place in lesson_folders(folder).values()]
    return [Fault(file, 1, "the folder holds no lesson") for file in files if not file.is_file()]


def _file_faults(path: Path, folder: Path) -> list[Fault]:
    if not path.is_file():
        return [Fault(path, 1, "this page of the course is missing")]
    return sorted(check_page(read_lesson(path), folder=folder))


def check_page(page: Lesson, *, folder: Path | None = None) -> list[Fault]:
    """Check one of the course's other pages; they need no sections, and their code is not run."""
    unclosed = unclosed_faults(page)
    if unclosed:
        return unclosed
    home = folder or course_folder()
    misplaced = [
        Fault(page.path, fence.line, f"a {fence.language} fence belongs in a lesson, not here")
        for fence in page.fences
        if fence.language in ("{claim}", "{source}")
    ]
    return [*fence_faults(page), *math_faults(page), *link_faults(page, home), *live_faults(page, home), *misplaced]
