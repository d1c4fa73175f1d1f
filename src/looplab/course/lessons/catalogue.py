"""Which lessons there are, and where."""

import re
from dataclasses import dataclass
from pathlib import Path

from looplab.course.lessons.lesson import Lesson
from looplab.course.lessons.reading import read_lesson
from looplab.errors import LooplabError, require_choice

__all__ = ["Module", "course_folder", "find_lesson", "lesson_paths", "list_lessons", "modules"]


@dataclass(frozen=True)
class Module:
    """A group of lessons: one folder of the course.

    Attributes:
        number: what the folder's name begins with.
        title: the rest of the folder's name as words.
        lessons: its lessons, in order.
    """

    number: int
    title: str
    lessons: tuple[Lesson, ...]


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


def modules(folder: Path | None = None) -> list[Module]:
    """The lessons grouped by the folders they are in."""
    groups: dict[str, list[Lesson]] = {}
    for lesson in list_lessons(folder):
        groups.setdefault(lesson.path.parent.name, []).append(lesson)
    return [_module(name, lessons) for name, lessons in groups.items()]


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


def _module(name: str, lessons: list[Lesson]) -> Module:
    number, _, words = name.partition("-")
    return Module(int(number), words.replace("-", " ").capitalize(), tuple(lessons))


def _order(path: Path) -> tuple[int, ...]:
    return tuple(int(part) for part in path.name.split("-", 1)[0].split("."))
