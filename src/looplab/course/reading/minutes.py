"""How long a lesson takes: its first reading, and what is in depth.

A first reading leaves out the sections of `LATER` and every subsection that is marked as in depth. Prose is counted at
180 words a minute, code that runs at 12 lines a minute.
"""

import re

from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Fence, Heading

__all__ = ["IN_DEPTH", "LATER", "in_depth_headings", "in_depth_minutes", "reading_minutes"]

IN_DEPTH = "*In depth: skip this at a first reading.*"
"""The paragraph, the first below a subsection's heading, that marks it as in depth."""

LATER = ("In depth", "What learners ask", "Exercises", "Checklist", "Quiz")
"""Sections that a first reading leaves out."""

_DEEP = "In depth"
_WORDS, _LINES = 180, 12
_SHOWN = {"{claim}", "{source}", "{live}"}
_WORD = re.compile(r"[^\W_]")


def reading_minutes(lesson: Lesson) -> float:
    """What a first reading takes, in minutes."""
    return _minutes(lesson, in_depth=False)


def in_depth_minutes(lesson: Lesson) -> float:
    """What the section "In depth" and the subsections that are marked take, in minutes."""
    return _minutes(lesson, in_depth=True)


def in_depth_headings(lesson: Lesson) -> list[Heading]:
    """The headings of subsections that are marked as in depth."""
    return [heading for heading in lesson.headings if heading.level == 3 and _is_marked(lesson, heading)]


def _is_marked(lesson: Lesson, heading: Heading) -> bool:
    below = (line.strip() for line in lesson.lines[heading.line :])
    return next((line for line in below if line), "") == IN_DEPTH


def _minutes(lesson: Lesson, *, in_depth: bool) -> float:
    marked = {heading.line for heading in in_depth_headings(lesson)}
    headings = {heading.line: heading for heading in lesson.headings}
    fences = {fence.line: fence for fence in lesson.fences if not fence.nested}
    section, deep, words, code, end = "", False, 0, 0, 0
    for number, line in enumerate(lesson.lines, 1):
        if number <= max(lesson.front_lines, end):
            continue
        heading = headings.get(number)
        if heading is not None and heading.level <= 3:
            section = heading.text if heading.level <= 2 else section
            deep = section == _DEEP or number in marked
        counts = deep if in_depth else not deep and section not in LATER
        fence = fences.get(number)
        if fence is not None:
            end = fence.end
            words += _shown_words(fence) if counts else 0
            code += _code_lines(fence) if counts else 0
        elif counts:
            words += _word_count(line)
    return words / _WORDS + code / _LINES


def _code_lines(fence: Fence) -> int:
    return sum(1 for line in fence.code.splitlines() if line.strip()) if fence.runs else 0


def _shown_words(fence: Fence) -> int:
    """Words of a claim, a caption or an output: what of a fence is read as prose. Of figures that code draws, too."""
    if fence.runs:
        return sum(map(_word_count, fence.comments.values()))
    return _word_count(fence.source) if fence.language in _SHOWN else 0


def _word_count(text: str) -> int:
    return sum(1 for word in text.split() if _WORD.search(word))
