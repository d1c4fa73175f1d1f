"""The course's own file, `course.toml`: its title, the titles of its modules, and the lessons that are to come."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from looplab.content import COURSE_FILE, lesson_folders, reading_order
from looplab.course.reading.faults import Fault
from looplab.errors import FileError
from looplab.files import read_bounded

__all__ = ["CourseFile", "PlannedLesson", "is_last_of_module", "lesson_numbers", "read_course_file"]

FIELDS = ("title", "modules", "planned")
_NUMBER = re.compile(r"\d+\.\d+")
_MOST_BYTES = 2**20


@dataclass(frozen=True, kw_only=True)
class PlannedLesson:
    """A lesson to come: what the map shows of it, and its line in the file. Once its folder exists, that counts."""

    number: str
    title: str
    description: str
    needs: tuple[str, ...]
    line: int


@dataclass(frozen=True, kw_only=True)
class CourseFile:
    """What the file says.

    Attributes:
        path: the file.
        title: the course's title; empty when it does not say.
        modules: the modules' titles by their numbers.
        planned: the lessons to come, in the order of the file.
        faults: what could not be understood, each with its line.
    """

    path: Path
    title: str = ""
    modules: Mapping[int, str] = field(default_factory=dict)
    planned: tuple[PlannedLesson, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_course_file(folder: Path) -> CourseFile:
    """What the file in a course's folder says; empty if there is no file."""
    path = folder / COURSE_FILE
    try:
        text = read_bounded(path, most_bytes=_MOST_BYTES).decode()
        content = tomllib.loads(text)
    except FileNotFoundError:
        return CourseFile(path=path)
    except (FileError, ValueError, RecursionError) as error:
        return CourseFile(path=path, faults=(_unreadable(path, error),))
    entries = content.get("planned", [])
    faults = [*_faults(path, text, content), *_entry_faults(path, text, entries)]
    entries = entries if isinstance(entries, list) else []
    return CourseFile(
        path=path,
        title=str(content.get("title", "")),
        modules={int(number): str(title) for number, title in _modules(content).items() if number.isdecimal()},
        planned=tuple(_planned(entry, text) for entry in entries if not _reason(entry)),
        faults=tuple(faults),
    )


def lesson_numbers(folder: Path) -> list[str]:
    """The numbers of all lessons of a course, written or planned, in the order in which they are read."""
    planned = (lesson.number for lesson in read_course_file(folder).planned)
    return sorted({*lesson_folders(folder), *planned}, key=reading_order)


def is_last_of_module(number: str, folder: Path) -> bool:
    """Whether no other lesson of the same module, written or planned, comes after this one."""
    module, place = reading_order(number)
    return all(other <= place for part, other in map(reading_order, lesson_numbers(folder)) if part == module)


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


def _planned(entry: Mapping[str, Any], text: str) -> PlannedLesson:
    return PlannedLesson(
        number=entry["number"],
        title=entry["title"],
        description=entry["description"],
        needs=tuple(entry["needs"]),
        line=_line_of(text, entry),
    )


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


def _entry_faults(path: Path, text: str, entries: Any) -> Iterator[Fault]:
    if not isinstance(entries, list):
        yield Fault(path, _first_line(text, "planned"), "'planned' is a list of tables: begin each with [[planned]]")
        return
    for entry in entries:
        reason = _reason(entry)
        if reason:
            yield Fault(path, _line_of(text, entry), reason)


def _reason(entry: Any) -> str:
    """Why an entry cannot be understood; empty if it can."""
    if not isinstance(entry, dict):
        return "a lesson to come is a table: begin it with [[planned]]"
    for name in ("number", "title", "description"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            return f"an entry needs '{name}', as text"
    if not _NUMBER.fullmatch(entry["number"]):
        return f"'{entry['number']}' is not a lesson's number"
    return "" if isinstance(entry.get("needs"), list) else "an entry needs 'needs', a list of lessons' numbers"


def _first_line(text: str, name: str) -> int:
    """The first line that begins with a name, ignoring any marks before it."""
    begins = re.compile(rf"\W*{re.escape(name)}\b")
    return next((line for line, content in enumerate(text.splitlines(), 1) if begins.match(content)), 1)


def _line_of(text: str, entry: Any) -> int:
    number = entry.get("number") if isinstance(entry, dict) else None
    pattern = re.compile(rf"\s*number\s*=\s*[\"']?{re.escape(str(number))}[\"']?\s*(#.*)?")
    return next((line for line, content in enumerate(text.splitlines(), 1) if pattern.fullmatch(content)), 1)
