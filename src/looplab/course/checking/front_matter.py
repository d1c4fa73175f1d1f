"""Checks of the front matter: its fields, the lessons it builds on, and the terms it defines."""

from collections.abc import Container, Iterator
from pathlib import Path
from typing import Any

from looplab.content import lesson_folders, reading_order
from looplab.course.reading.faults import Fault
from looplab.course.reading.finding import list_lessons
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.terms import definition

__all__ = ["front_matter_faults"]

FIELDS: dict[str, tuple[type, str]] = {
    "lesson": (str, 'the lesson\'s number in quotation marks, such as "2.4"'),
    "title": (str, "the title"),
    "description": (str, "one sentence for search results"),
    "experiments": (list, "a list of experiment ids, which may be empty: []"),
    "minutes": (int, "a whole number of minutes"),
    "needs": (list, 'a list of the lessons it builds on, such as ["1.2", "1.3"], which may be empty: []'),
}
OPTIONAL: dict[str, tuple[type, str]] = {
    "terms": (list, "a list of the terms it defines, such as [epoch, mini-batch]"),
}


def front_matter_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the front matter.

    Args:
        lesson: the lesson.
        folder: the course's folder.
    """
    for line, reason in _field_faults(lesson):
        yield Fault(lesson.path, line, reason)
    yield from _need_faults(lesson, folder)
    yield from _term_faults(lesson, folder)


def _field_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
    if not lesson.front_lines:
        yield 1, "no front matter: a lesson begins with '---', then the fields lesson, title, …, then '---'"
        return
    if lesson.front_error:
        yield 1, f"the front matter is not YAML: {lesson.front_error}"
        return
    for name, (kind, meaning) in FIELDS.items():
        if name not in lesson.front:
            yield 1, f"the front matter lacks '{name}': {meaning}"
        elif type(lesson.front[name]) is not kind or lesson.front[name] in ("", 0):
            yield _field_line(lesson, name), f"'{name}' must be {meaning}; got {lesson.front[name]!r}"
    for name, (kind, meaning) in OPTIONAL.items():
        if type(lesson.front.get(name, [])) is not kind:
            yield _field_line(lesson, name), f"'{name}' must be {meaning}; got {lesson.front[name]!r}"
    for name in sorted(str(name) for name in lesson.front.keys() - FIELDS.keys() - OPTIONAL.keys()):
        yield _field_line(lesson, name), f"unknown field '{name}'; the fields are {', '.join([*FIELDS, *OPTIONAL])}"
    number = lesson.front.get("lesson")
    if isinstance(number, str) and number and number != lesson.number:
        yield _field_line(lesson, "lesson"), f"'lesson' is {number}, but the folder's name says {lesson.number}"


def _need_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the lessons the front matter names as needed."""
    needs = lesson.front.get("needs")
    for reason in _need_reasons(lesson.number, needs if isinstance(needs, list) else [], lesson_folders(folder)):
        yield Fault(lesson.path, _field_line(lesson, "needs"), reason)


def _need_reasons(number: str, needs: list[Any], known: Container[str]) -> Iterator[str]:
    """Why the lessons named as needed cannot be, one sentence each.

    Args:
        number: the lesson's own number.
        needs: what it names.
        known: the numbers of all lessons.
    """
    for need in needs:
        if not isinstance(need, str):
            yield f"'needs' names {need!r}: write lessons' numbers in quotation marks, such as \"1.2\""
        elif need not in known:
            yield f"'needs' names lesson {need}, which does not exist"
        elif reading_order(need) >= reading_order(number):
            what = "itself" if need == number else f"lesson {need}, which comes later"
            yield f"'needs' names {what}: a lesson builds on earlier ones"
    for need in sorted({str(need) for need in needs if needs.count(need) > 1}):
        yield f"'needs' names lesson {need} twice"


def _term_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the terms the front matter names: nowhere in italics, or already defined elsewhere."""
    if not lesson.terms:
        return
    line = _field_line(lesson, "terms")
    earlier = [other for other in list_lessons(folder) if reading_order(other.number) < reading_order(lesson.number)]
    owners = {term.casefold(): other for other in reversed(earlier) for term in other.terms}
    folded = [term.casefold() for term in lesson.terms]
    for position, term in enumerate(lesson.terms):
        if folded[position] in folded[:position]:
            yield Fault(lesson.path, line, f"the term '{term}' is named twice")
        elif folded[position] in owners:
            number = owners[folded[position]].number
            yield Fault(
                lesson.path, line, f"the term '{term}' is defined in lesson {number} already: link to it instead"
            )
        elif definition(lesson, term) is None:
            yield Fault(
                lesson.path, line, f"the term '{term}' stands nowhere in italics: write *{term}* where it is defined"
            )


def _field_line(lesson: Lesson, name: str) -> int:
    """The line of a field of the front matter; 1 when it is not there."""
    lines = enumerate(lesson.lines[: lesson.front_lines], 1)
    return next((number for number, line in lines if line.startswith(f"{name}:")), 1)
