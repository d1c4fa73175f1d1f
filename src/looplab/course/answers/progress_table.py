"""The learner's progress as a table."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from looplab.content import reading_order
from looplab.course.answers.progress import CAPSTONE, Progress, progress_and_trouble
from looplab.course.exercises.outline import Outline, outline_exercises
from looplab.errors import MissingExtraError

__all__ = ["print_progress"]

_NOTHING = Progress(attempts=0, passed=None)


def print_progress(course: Path | None = None) -> None:
    """Print what is passed, lesson by lesson: exercises and quizzes, the number of attempts and the totals.

    Args:
        course: the course's folder; the one that came with looplab when left out.
    """
    (known, trouble), listed, quizzes = progress_and_trouble(), outline_exercises(course=course), _question_ids(course)
    console = Console(markup=False, emoji=False)
    console.print(_table(known, listed, quizzes))
    done = [exercise for exercise in listed if exercise.id in known and known[exercise.id].passed]
    attempts = sum(known[exercise.id].attempts for exercise in listed if exercise.id in known)
    console.print(f"{len(done)} of {len(listed)} exercises passed, {attempts} attempt{'' if attempts == 1 else 's'}.")
    if CAPSTONE in known:
        console.print(_capstone(known[CAPSTONE]), highlight=False)
    if trouble:
        console.print(trouble, highlight=False)
    following = next((exercise for exercise in listed if exercise not in done), None)
    if following:
        console.print(f"Next: {following.id} {following.title}.", highlight=False)


def _capstone(entry: Progress) -> str:
    """How far the capstone is."""
    if entry.passed:
        return f"Capstone: nothing was missing on {entry.passed.astimezone():%Y-%m-%d}."
    return f"Capstone: begun, {entry.attempts} check{'' if entry.attempts == 1 else 's'}."


def _question_ids(course: Path | None) -> dict[str, list[str]]:
    """The ids of the questions of each lesson that has a quiz; nothing where lessons cannot be read."""
    try:
        from looplab.course.reading import question_ids  # reads lessons, for which the bare library has no parts
    except MissingExtraError:
        return {}
    return question_ids(course)


def _table(known: dict[str, Progress], listed: list[Outline], quizzes: dict[str, list[str]]) -> Table:
    table = Table(title="Your progress", show_footer=False)
    table.add_column("Exercise")
    table.add_column("Title")
    table.add_column("Passed")
    table.add_column("Attempts", justify="right")
    lessons = [*quizzes, *(exercise.lesson for exercise in listed)]
    for lesson in sorted(set(lessons), key=reading_order):
        for exercise in [exercise for exercise in listed if exercise.lesson == lesson]:
            entry = known.get(exercise.id, _NOTHING)
            passed = f"{entry.passed.astimezone():%Y-%m-%d}" if entry.passed else "not yet"
            table.add_row(exercise.id, exercise.title, passed, str(entry.attempts))
        if lesson in quizzes:
            entries = [known.get(id_, _NOTHING) for id_ in quizzes[lesson]]
            right = f"quiz {sum(entry.passed is not None for entry in entries)} of {len(entries)}"
            table.add_row(lesson, "Quiz", right, str(sum(entry.attempts for entry in entries)))
        table.add_section()
    return table
