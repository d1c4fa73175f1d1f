"""Checks of the course's own file, and of what a lesson says it builds on."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from looplab.content import reading_order
from looplab.course.lessons.course_file import lesson_numbers, read_course_file
from looplab.course.lessons.faults import Fault

__all__ = ["need_reasons", "plan_faults"]


def plan_faults(folder: Path) -> Iterator[Fault]:
    """What is wrong with `course.toml`: what cannot be understood, and lessons to come that build on unknown ones."""
    file = read_course_file(folder)
    yield from file.faults
    known = lesson_numbers(folder)
    for lesson in file.planned:
        for reason in need_reasons(lesson.number, list(lesson.needs), known):
            yield Fault(file.path, lesson.line, reason)


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
        elif reading_order(need) >= reading_order(number):
            what = "itself" if need == number else f"lesson {need}, which comes later"
            yield f"'needs' names {what}: a lesson builds on earlier ones"
    for need in sorted({str(need) for need in needs if needs.count(need) > 1}):
        yield f"'needs' names lesson {need} twice"
