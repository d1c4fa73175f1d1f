"""Which lessons there are, and where."""

from pathlib import Path

from looplab.content import course_folder, lesson_folders
from looplab.course.lessons.lesson import LESSON_FILE, Lesson
from looplab.course.lessons.reading import read_lesson
from looplab.errors import require_choice

__all__ = ["course_folder", "find_lesson", "lesson_paths", "list_lessons"]


def list_lessons(folder: Path | None = None) -> list[Lesson]:
    """All lessons in the order in which they are read.

    Args:
        folder: the course's folder; the one that came with looplab when left out.
    """
    return [read_lesson(path) for path in lesson_paths(folder).values()]


def find_lesson(number: str, folder: Path | None = None) -> Lesson:
    """The lesson with that number, for instance "2.4".

    Raises:
        ChoiceError: there is no such lesson; the message lists those there are, the nearest first.
    """
    paths = lesson_paths(folder)
    require_choice("lesson", number, paths)
    return read_lesson(paths[number])


def lesson_paths(folder: Path | None = None) -> dict[str, Path]:
    """The lessons' files by number, in the order in which they are read; a folder without one is no lesson yet.

    Args:
        folder: the course's folder; the one that came with looplab when left out.
    """
    files = {number: place / LESSON_FILE for number, place in lesson_folders(folder or course_folder()).items()}
    return {number: file for number, file in files.items() if file.is_file()}
