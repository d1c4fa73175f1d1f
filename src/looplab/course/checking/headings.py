"""Checks of a lesson's title and headings: every section is there, in order, and holds something."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from looplab.content import lesson_folders, reading_order
from looplab.course.quiz.questions import CHECKLIST, QUIZ
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Heading

__all__ = ["heading_faults", "sections_of"]

SECTIONS = {
    "Introduction": "say what the question is, and what the reader can do at the end",
    "ELI5": "carry one image through, without a formula, and say where it breaks",
    "Mathematical foundations": "say what each formula is for; name its symbols and shapes",
    "In depth": "say why it is so and what goes wrong; the claims belong here",
    "Demonstrations": "ask and predict, then show code and figure, then say what they show",
    "What learners ask": "answer questions in learners' words, each under a heading '###'",
    "Exercises": "state one to four exercises, each with a stub and three hints, then all solutions",
    "Summary": "say in five lines what the lesson found",
    "Key takeaways": "write three to five sentences that someone could disagree with",
    "Next": "lead to the lesson that follows, with a link",
}
"""The sections of a lesson, in order, and what to write in each."""

ENDING = (CHECKLIST, QUIZ)
"""The sections that follow in the last lesson of a module; their own checks say what to write in them."""


def heading_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the title and the headings.

    Args:
        lesson: the lesson.
        folder: the course's folder.
    """
    has_ending = any(heading.level == 2 and heading.text in ENDING for heading in lesson.headings)
    required = sections_of(lesson.number, folder, has_ending=has_ending)
    for line, reason in _faults(lesson, required):
        yield Fault(lesson.path, line, reason)


def sections_of(number: str, folder: Path, *, has_ending: bool = False) -> tuple[str, ...]:
    """The sections that a lesson needs, in order: each module ends with a checklist and a quiz.

    Args:
        number: the lesson's number.
        folder: the course's folder.
        has_ending: whether the lesson has one of these two, in which case it needs both.
    """
    ending = ENDING if has_ending or _is_last_of_module(number, folder) else ()
    return (*SECTIONS, *ending)


def _is_last_of_module(number: str, folder: Path) -> bool:
    module, place = reading_order(number)
    return all(other <= place for part, other in map(reading_order, lesson_folders(folder)) if part == module)


def _faults(lesson: Lesson, required: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    yield from _title_faults(lesson)
    sections = [heading for heading in lesson.headings if heading.level == 2]
    yield from _section_faults(sections, required, last_line=max(len(lesson.lines), 1))
    for heading, text in _bodies(lesson, sections):
        if not text and heading.text in SECTIONS:
            yield heading.line, f"the section '{heading.text}' is empty: {SECTIONS[heading.text]}"
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


def _section_faults(sections: list[Heading], required: tuple[str, ...], last_line: int) -> Iterator[tuple[int, str]]:
    names = [section.text for section in sections]
    for name in required:
        if name not in names:
            yield last_line, f"the section '## {name}' is missing"
    seen: list[str] = []
    for section in sections:
        if section.text not in required:
            yield section.line, f"'## {section.text}' is not a section of a lesson; use ### inside a section"
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
