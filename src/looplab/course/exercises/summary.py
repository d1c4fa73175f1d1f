"""The learner's progress as a table."""

from rich.console import Console
from rich.table import Table

from looplab.course.exercises.progress import Progress, progress_and_trouble
from looplab.course.exercises.registry import list_exercises

__all__ = ["print_progress"]


def print_progress() -> None:
    """Print which exercises are passed, lesson by lesson, with the number of attempts and the totals."""
    (known, trouble), listed = progress_and_trouble(), list_exercises()
    table = Table(title="Your progress", show_footer=False)
    table.add_column("Exercise")
    table.add_column("Title")
    table.add_column("Passed")
    table.add_column("Attempts", justify="right")
    for place, exercise in enumerate(listed):
        entry = known.get(exercise.id, Progress(attempts=0, passed=None))
        passed = f"{entry.passed.astimezone():%Y-%m-%d}" if entry.passed else "not yet"
        last_of_lesson = place + 1 == len(listed) or listed[place + 1].lesson != exercise.lesson
        table.add_row(exercise.id, exercise.title, passed, str(entry.attempts), end_section=last_of_lesson)
    console = Console()
    console.print(table)
    done = [exercise for exercise in listed if exercise.id in known and known[exercise.id].passed]
    attempts = sum(known[exercise.id].attempts for exercise in listed if exercise.id in known)
    console.print(f"{len(done)} of {len(listed)} exercises passed, {attempts} attempt{'' if attempts == 1 else 's'}.")
    if trouble:
        console.print(trouble, highlight=False)
    following = next((exercise for exercise in listed if exercise not in done), None)
    if following:
        console.print(f"Next: {following.id} {following.title}.", highlight=False)
