"""Which lessons there are, and where."""

import re
from pathlib import Path

from looplab.course.lessons.lesson import Lesson
from looplab.course.lessons.reading import read_lesson
from looplab.errors import LooplabError, require_choice

__all__ = ["course_folder", "find_lesson", "lesson_paths", "list_lessons"]


def course_folder() -> Path:
    """The folder of the lessons: the repository's in a checkout, the package's own when installed from a wheel.

    Raises:
        LooplabError: neither is there.
    """
    package = Path(__file__).parents[2]
    for folder in (package / "_course", package.parents[1] / "course"):
        if (folder / "index.md").is_file():
            return folder
    raise LooplabError(
        "the course", expected="its lessons in the installed package", got="none", fix="Install looplab again."
    )


def list_lessons(folder: Path | None = None) -> list[Lesson]:
    """All lessons in the order in which they are read.

    Args:
        folder: the course's folder; the one that came with looplab when left out.
    """
    return [read_lesson(path) for path in lesson_paths(folder)]


def find_lesson(number: str, folder: Path | None = None) -> Lesson:
    """The lesson with that number, for instance "2.4".

    Raises:
        ChoiceError: there is no such lesson; the message lists those there are, the nearest first.
    """
    paths = {path.name.split("-", 1)[0]: path for path in lesson_paths(folder)}
    require_choice("lesson", number, paths)
    return read_lesson(paths[number])


def lesson_paths(folder: Path | None = None) -> list[Path]:
    """The lessons' files in the order in which they are read.

    Args:
        folder: the course's folder; the one that came with looplab when left out.
    """
    lessons = [
        path
        for path in (folder or course_folder()).glob("*/*.md")
        if re.match(r"\d+\.\d+-", path.name) and re.match(r"\d+-", path.parent.name)
    ]
    return sorted(lessons, key=_order)


def _order(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.name.split("-", 1)[0].split("."))
