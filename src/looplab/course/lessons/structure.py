"""Checks of a lesson's frame: front matter, headings in their order, exercises with stub and solution."""

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from looplab.course.lessons.course_file import is_last_of_module
from looplab.course.lessons.faults import Fault
from looplab.course.lessons.fields import field_line
from looplab.course.lessons.lesson import Heading, Lesson
from looplab.course.lessons.reading import EXERCISE_ID

__all__ = ["SECTIONS", "structure_faults"]

SECTIONS = (
    "Introduction",
    "ELI5",
    "Mathematical foundations",
    "In depth",
    "Demonstrations",
    "What learners ask",
    "Exercises",
    "Summary",
    "Key takeaways",
    "Next",
)
ENDING = ("Checklist", "Quiz")

FIELDS: dict[str, tuple[type, str]] = {
    "lesson": (str, 'the lesson\'s number in quotation marks, such as "2.4"'),
    "title": (str, "the title"),
    "description": (str, "one sentence for search results"),
    "experiments": (list, "a list of experiment ids, which may be empty: []"),
    "minutes": (int, "a whole number of minutes"),
    "needs": (list, 'a list of the lessons that it builds on, such as ["1.2", "1.3"], which may be empty: []'),
}
OPTIONAL: dict[str, tuple[type, str]] = {
    "terms": (list, "a list of the terms that it defines, such as [epoch, mini-batch]"),
}


def structure_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the front matter, the headings and the exercises' parts.

    Args:
        lesson: the lesson.
        folder: the course's folder.
    """
    required = _required(lesson, folder)
    for line, reason in [*_front_faults(lesson), *_heading_faults(lesson, required), *_exercise_faults(lesson)]:
        yield Fault(lesson.path, line, reason)


def _front_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
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
            yield field_line(lesson, name), f"'{name}' must be {meaning}; got {lesson.front[name]!r}"
    for name, (kind, meaning) in OPTIONAL.items():
        if type(lesson.front.get(name, [])) is not kind:
            yield field_line(lesson, name), f"'{name}' must be {meaning}; got {lesson.front[name]!r}"
    for name in sorted(str(name) for name in lesson.front.keys() - FIELDS.keys() - OPTIONAL.keys()):
        yield field_line(lesson, name), f"unknown field '{name}'; the fields are {', '.join([*FIELDS, *OPTIONAL])}"
    number = lesson.front.get("lesson")
    if isinstance(number, str) and number and number != lesson.number:
        yield field_line(lesson, "lesson"), f"'lesson' is {number}, but the folder's name says {lesson.number}"


def _heading_faults(lesson: Lesson, required: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    yield from _title_faults(lesson)
    sections = [heading for heading in lesson.headings if heading.level == 2]
    yield from _section_faults(sections, required, last_line=max(len(lesson.lines), 1))
    for heading, text in _bodies(lesson, sections):
        if not text:
            yield heading.line, f"the section '{heading.text}' is empty"
    for above, below in pairwise(lesson.headings):
        if below.level > above.level + 1:
            yield below.line, f"the heading '{below.text}' skips a level: use {'#' * (above.level + 1)}"


def _title_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
    titles = [heading for heading in lesson.headings if heading.level == 1]
    expected = f"{lesson.number} {lesson.title}"
    if not titles:
        yield lesson.front_lines + 1, f"no title: expected '# {expected}' after the front matter"
    for heading in titles[:1]:
        if heading.text != expected:
            yield heading.line, f"the title must be '# {expected}', as in the front matter; got '# {heading.text}'"
    for heading in titles[1:]:
        yield heading.line, f"a second title '# {heading.text}': sections begin with '##'"


def _required(lesson: Lesson, folder: Path) -> tuple[str, ...]:
    """Each module ends with a checklist and a quiz; a lesson that has one of them needs both."""
    has_ending = any(heading.level == 2 and heading.text in ENDING for heading in lesson.headings)
    return SECTIONS + ENDING if has_ending or is_last_of_module(lesson.number, folder) else SECTIONS


def _section_faults(sections: list[Heading], required: tuple[str, ...], last_line: int) -> Iterator[tuple[int, str]]:
    names = [section.text for section in sections]
    for name in required:
        if name not in names:
            yield last_line, f"the section '## {name}' is missing"
    seen: list[str] = []
    for section in sections:
        if section.text not in required:
            yield section.line, f"'## {section.text}' is no section of a lesson; use ### inside a section"
        elif section.text in seen:
            yield section.line, f"the section '{section.text}' appears twice"
        else:
            late = [name for name in seen if required.index(name) > required.index(section.text)]
            if late:
                yield section.line, f"the section '{section.text}' is misplaced: it stands before '{late[0]}'"
            seen.append(section.text)


def _bodies(lesson: Lesson, sections: list[Heading]) -> Iterator[tuple[Heading, str]]:
    ends = [section.line - 1 for section in sections[1:]] + [len(lesson.lines)]
    for section, end in zip(sections, ends, strict=True):
        yield section, "\n".join(lesson.lines[section.line : end]).strip()


def _exercise_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
    section = next((heading.line for heading in lesson.headings if heading.text == "Exercises"), None)
    if section is not None and not 1 <= len(lesson.exercises) <= 4:
        yield section, f"a lesson has one to four exercises ('### {lesson.number}.1 …'); got {len(lesson.exercises)}"
    for position, exercise in enumerate(lesson.exercises, 1):
        expected = f"{lesson.number}.{position}"
        if not re.fullmatch(EXERCISE_ID, exercise.id) or exercise.id != expected:
            yield exercise.line, f"the heading of exercise {position} must begin with '{expected}'; got '{exercise.id}'"
        if not exercise.title:
            yield exercise.line, f"the heading of exercise {exercise.id} has no words after its number"
        if exercise.stub is None:
            yield exercise.line, f"exercise {exercise.id} has no stub: a python fence before '#### Solution'"
        if exercise.solution is None:
            yield exercise.line, f"exercise {exercise.id} has no solution: a python fence under '#### Solution'"
