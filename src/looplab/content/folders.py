"""Where a course lies, and where its lessons do."""

import re
from pathlib import Path

from looplab.errors import LooplabError

__all__ = ["COURSE_FILE", "course_folder", "lesson_folder_of", "lesson_folders", "reading_order"]

COURSE_FILE = "course.toml"
"""The file that makes a folder a course."""

_PACKAGE = Path(__file__).parents[1]
_MODULE_FOLDER, _LESSON_FOLDER = re.compile(r"\d+-.+"), re.compile(r"(\d+\.\d+)-.+")


def course_folder() -> Path:
    """The course that came with looplab: inside the package when installed from a wheel, beside it in a checkout.

    Raises:
        LooplabError: neither is there.
    """
    for parent in (_PACKAGE, _PACKAGE.parents[1]):
        found = sorted(parent.glob(f"*/{COURSE_FILE}"))
        if found:
            return found[0].parent
    raise LooplabError(
        "the course", expected="its lessons in the installed package", got="none", fix="Install looplab again."
    )


def lesson_folders(course: Path | None = None) -> dict[str, Path]:
    """The folders of the lessons by number, "2.4", in the order in which they are read.

    Args:
        course: the course's folder; by default the one that came with looplab.

    Raises:
        LooplabError: the course is no folder, or two folders have one lesson's number.
    """
    home, found = course or course_folder(), dict[str, Path]()
    if not home.is_dir():
        raise LooplabError("course", expected="a folder with lessons", got=f"{home}, which is no folder")
    for folder in sorted(home.glob("*/*/")):
        match = _LESSON_FOLDER.fullmatch(folder.name)
        if match is None or not _MODULE_FOLDER.fullmatch(folder.parent.name):
            continue
        if match[1] in found:
            both = f"{found[match[1]]} and {folder}"
            raise LooplabError(f"lesson {match[1]}", expected="one folder", got=both, fix="Rename one of them.")
        found[match[1]] = folder
    return {number: found[number] for number in sorted(found, key=reading_order)}


def lesson_folder_of(path: Path) -> Path | None:
    """The folder of the lesson that a file or folder belongs to; None for one that lies outside any course."""
    for folder in (path.resolve(), *path.resolve().parents):
        in_course = (folder.parents[1] / COURSE_FILE).is_file() if len(folder.parents) > 1 else False
        if in_course and _LESSON_FOLDER.fullmatch(folder.name) and _MODULE_FOLDER.fullmatch(folder.parent.name):
            return folder
    return None


def reading_order(number: str) -> tuple[int, ...]:
    """What sorts numbers of lessons, and of their exercises, in the order in which they are read.

    >>> sorted(["2.10", "2.9"], key=reading_order)
    ['2.9', '2.10']
    """
    return tuple(int(part) for part in number.split("."))
