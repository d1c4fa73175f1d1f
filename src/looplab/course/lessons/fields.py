"""Checks of what the front matter says about other lessons: those it builds on, and terms that they define too."""

from collections.abc import Iterator
from pathlib import Path

from looplab.content import reading_order
from looplab.course.lessons.catalogue import list_lessons
from looplab.course.lessons.course_file import lesson_numbers
from looplab.course.lessons.faults import Fault
from looplab.course.lessons.lesson import Heading, Italic, Lesson
from looplab.course.lessons.planned import need_reasons

__all__ = ["definition", "field_line", "need_faults", "term_faults"]


def field_line(lesson: Lesson, name: str) -> int:
    """The line of a field of the front matter; 1 when it is not there."""
    lines = enumerate(lesson.lines[: lesson.front_lines], 1)
    return next((number for number, line in lines if line.startswith(f"{name}:")), 1)


def need_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the lessons that the front matter names as needed.

    Args:
        lesson: the lesson.
        folder: the course's folder.
    """
    needs = lesson.front.get("needs")
    for reason in need_reasons(lesson.number, needs if isinstance(needs, list) else [], lesson_numbers(folder)):
        yield Fault(lesson.path, field_line(lesson, "needs"), reason)


def term_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the terms that the front matter names: nowhere in italics, or defined before.

    Args:
        lesson: the lesson.
        folder: the course's folder.
    """
    if not lesson.terms:
        return
    line = field_line(lesson, "terms")
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


def definition(lesson: Lesson, term: str) -> tuple[Italic, Heading | None] | None:
    """Where a lesson defines a term, and the heading above: at the first place where it is in italics."""
    found = next((italic for italic in lesson.italics if italic.text.casefold() == term.casefold()), None)
    if found is None:
        return None
    above = [heading for heading in lesson.headings if heading.level > 1 and heading.line <= found.line]
    return found, above[-1] if above else None
