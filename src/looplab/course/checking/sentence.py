"""Checks of a sentence that stands in a fence: a claim, or the caption of a piece of code."""

import re
from collections.abc import Iterator
from pathlib import Path

from looplab.course.checking.links import link_faults
from looplab.course.checking.mathematics import math_faults
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.markdown import parse

__all__ = ["markdown_faults", "sentence_faults"]

_NEXT_SENTENCE = re.compile(r"[.!?][\"”’)]*\s+[\"“‘(]*[A-Z]")


def sentence_faults(lesson: Lesson, what: str, text: str, line: int, folder: Path) -> Iterator[Fault]:
    """Why a text is not one whole sentence of plain Markdown.

    Args:
        lesson: the lesson that holds it.
        what: what it is, "claim".
        text: its lines as written there.
        line: the line above the text.
        folder: the course's folder, which no link may leave.
    """
    sentence = " ".join(text.split())
    if not sentence:
        yield Fault(lesson.path, line, f"the {what} is empty: write one sentence")
    elif _NEXT_SENTENCE.search(sentence):
        yield Fault(lesson.path, line, f"a {what} is one sentence: move the others out of the fence")
    elif not sentence.endswith("."):
        yield Fault(lesson.path, line, f"a {what} is one whole sentence, with a full stop at its end")
    yield from markdown_faults(lesson, text, line, folder)


def markdown_faults(lesson: Lesson, text: str, line: int, folder: Path) -> Iterator[Fault]:
    """What is wrong with Markdown inside a fence, which lesson parsing takes for code: HTML, formulas, links.

    Args:
        lesson: the lesson that holds it.
        text: the piece.
        line: the line above it.
        folder: the course's folder, which no link may leave.
    """
    inner = parse(text, lesson.path)
    for html in inner.html:
        yield Fault(lesson.path, line + html.line, f"HTML is not allowed: {html.source.strip()[:40]}")
    for fault in (*math_faults(inner), *link_faults(inner, folder)):
        yield Fault(fault.path, line + fault.line, fault.reason)
