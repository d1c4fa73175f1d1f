"""Checks of the course's own file: its fields, and the lessons to come."""

from collections.abc import Iterator
from pathlib import Path

from looplab.course.checking.front_matter import need_reasons
from looplab.course.reading.course_file import lesson_numbers, read_course_file
from looplab.course.reading.faults import Fault

__all__ = ["course_file_faults"]


def course_file_faults(folder: Path) -> Iterator[Fault]:
    """What is wrong with `course.toml`: what cannot be understood, and lessons to come that build on unknown ones."""
    file = read_course_file(folder)
    yield from file.faults
    known = lesson_numbers(folder)
    for lesson in file.planned:
        for reason in need_reasons(lesson.number, list(lesson.needs), known):
            yield Fault(file.path, lesson.line, reason)
