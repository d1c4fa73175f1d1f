"""The course's own file, `course.toml`: its title, and the titles of its modules."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from looplab.content import COURSE_FILE
from looplab.course.reading.faults import Fault
from looplab.errors import FileError
from looplab.files import read_bounded

__all__ = ["CourseFile", "read_course_file"]

FIELDS = ("title", "modules")
_MOST_BYTES = 2**20


@dataclass(frozen=True, kw_only=True)
class CourseFile:
    """What the file says.

    Attributes:
        title: the course's title; empty when it does not say.
        modules: the modules' titles by their numbers.
        faults: what could not be understood, each with its line.
    """

    title: str = ""
    modules: Mapping[int, str] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()


def read_course_file(folder: Path) -> CourseFile:
    """What the file in a course's folder says; empty if there is no file."""
    path = folder / COURSE_FILE
    try:
        text = read_bounded(path, most_bytes=_MOST_BYTES).decode()
        content = tomllib.loads(text)
    except FileNotFoundError:
        return CourseFile()
    except (FileError, ValueError, RecursionError) as error:
        return CourseFile(faults=(_unreadable(path, error),))
    return CourseFile(
        title=str(content.get("title", "")),
        modules={int(number): str(title) for number, title in _modules(content).items() if number.isdecimal()},
        faults=tuple(_faults(path, text, content)),
    )


def _unreadable(path: Path, error: Exception) -> Fault:
    if isinstance(error, FileError):
        return Fault(path, 1, f"this cannot be read: {error.strerror}")
    if isinstance(error, RecursionError):
        return Fault(path, 1, "this is nested too deeply")
    line = re.search(r"at line (\d+)", str(error))
    return Fault(path, int(line[1]) if line else 1, f"this is not TOML: {error}")


def _modules(content: Mapping[str, Any]) -> Mapping[str, Any]:
    modules = content.get("modules", {})
    return modules if isinstance(modules, dict) else {}


def _faults(path: Path, text: str, content: Mapping[str, Any]) -> Iterator[Fault]:
    for name in content.keys() - set(FIELDS):
        yield Fault(path, _first_line(text, name), f"unknown field '{name}'; the fields are {', '.join(FIELDS)}")
    for number in _modules(content):
        if not number.isdecimal():
            yield Fault(
                path,
                _first_line(text, number),
                f"'modules' names '{number}': write numbers of modules, such as 1 = \"The first steps\"",
            )


def _first_line(text: str, name: str) -> int:
    """The first line that begins with a name, ignoring any marks before it."""
    begins = re.compile(rf"\W*{re.escape(name)}\b")
    return next((line for line, content in enumerate(text.splitlines(), 1) if begins.match(content)), 1)
