"""The lessons that are to come, and the titles of the modules: the course's file `planned.yml`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from looplab.course.lessons.faults import Fault

__all__ = ["PLAN", "Plan", "PlannedLesson", "as_order", "lesson_numbers", "need_reasons", "plan_faults", "read_plan"]

PLAN = "planned.yml"

_NUMBER = re.compile(r"\d+\.\d+")
_FILE = re.compile(r"(\d+\.\d+)-.*")


@dataclass(frozen=True)
class PlannedLesson:
    """A lesson that is not written yet: what the map shows of it, and its line in the file."""

    number: str
    title: str
    description: str
    needs: tuple[str, ...]
    line: int


@dataclass(frozen=True)
class Plan:
    """What is to come.

    Attributes:
        path: the file.
        modules: the modules' titles by their numbers.
        lessons: the lessons that are to come, in the order of the file.
        faults: what could not be understood, each with its line.
    """

    path: Path
    modules: dict[int, str] = field(default_factory=dict)
    lessons: tuple[PlannedLesson, ...] = ()
    faults: tuple[Fault, ...] = ()


def read_plan(folder: Path) -> Plan:
    """What a course plans; nothing when it has no such file.

    Args:
        folder: the course's folder.
    """
    path = folder / PLAN
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Plan(path)
    try:
        content = yaml.safe_load(text)
    except yaml.YAMLError as error:
        return Plan(path, faults=(Fault(path, 1, f"this is not YAML: {' '.join(str(error).split())}"),))
    content = content if isinstance(content, dict) else {}
    modules = content.get("modules") or {}
    entries = content.get("lessons") or []
    lessons, faults = [], []
    for entry in entries:
        line = _line_of(text, entry)
        reason = _reason(entry)
        if reason:
            faults.append(Fault(path, line, reason))
        else:
            needs = tuple(entry["needs"])
            lessons.append(PlannedLesson(entry["number"], entry["title"], entry["description"], needs, line))
    return Plan(path, {int(number): str(title) for number, title in modules.items()}, tuple(lessons), tuple(faults))


def lesson_numbers(folder: Path) -> list[str]:
    """The numbers of all lessons, written or planned, in the order in which they are read."""
    written = [match[1] for path in folder.glob("*/*.md") if (match := _FILE.fullmatch(path.name))]
    planned = [lesson.number for lesson in read_plan(folder).lessons]
    return sorted({*written, *planned}, key=as_order)


def as_order(number: str) -> tuple[int, ...]:
    """What sorts lessons in the order in which they are read.

    >>> sorted(["2.10", "2.9"], key=as_order)
    ['2.9', '2.10']
    """
    return tuple(int(part) for part in number.split("."))


def plan_faults(folder: Path) -> Iterator[Fault]:
    """What is wrong with the plan: entries that cannot be understood, or whose lesson is written, or unknown needs."""
    plan = read_plan(folder)
    yield from plan.faults
    written = {path.name.split("-", 1)[0]: path for path in folder.glob("*/*.md") if _FILE.fullmatch(path.name)}
    known = lesson_numbers(folder)
    for lesson in plan.lessons:
        if lesson.number in written:
            where = written[lesson.number].relative_to(folder).as_posix()
            yield Fault(plan.path, lesson.line, f"lesson {lesson.number} is written ({where}): take it out of here")
        for reason in need_reasons(lesson.number, list(lesson.needs), known):
            yield Fault(plan.path, lesson.line, reason)


def need_reasons(number: str, needs: list[Any], known: list[str]) -> Iterator[str]:
    """Why the lessons that a lesson names as needed cannot be, each in a sentence.

    Args:
        number: the lesson's own number.
        needs: what it names.
        known: the numbers of all lessons, written or planned.
    """
    for need in needs:
        if not isinstance(need, str):
            yield f"'needs' names {need!r}: write lessons' numbers in quotation marks, such as \"1.2\""
        elif need not in known:
            yield f"'needs' names lesson {need}, which is neither written nor planned"
        elif as_order(need) >= as_order(number):
            what = "itself" if need == number else f"lesson {need}, which comes later"
            yield f"'needs' names {what}: a lesson builds on earlier ones"
    for need in sorted({str(need) for need in needs if needs.count(need) > 1}):
        yield f"'needs' names lesson {need} twice"


def _reason(entry: Any) -> str:
    """Why an entry cannot be understood; nothing when it can."""
    if not isinstance(entry, dict):
        return "an entry is no list of 'field: value' lines"
    for name in ("number", "title", "description"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            return f"an entry needs '{name}', as text"
    if not _NUMBER.fullmatch(entry["number"]):
        return f"'{entry['number']}' is no lesson's number"
    return "" if isinstance(entry.get("needs"), list) else "an entry needs 'needs', a list of lessons' numbers"


def _line_of(text: str, entry: Any) -> int:
    number = entry.get("number") if isinstance(entry, dict) else None
    pattern = re.compile(rf"\s*-?\s*number:\s*[\"']?{re.escape(str(number))}[\"']?\s*")
    return next((line for line, content in enumerate(text.splitlines(), 1) if pattern.fullmatch(content)), 1)
