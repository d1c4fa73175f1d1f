"""Checks of the looplab code that a lesson shows: it exists, it fits on a screen, its caption is one sentence."""

from collections.abc import Iterator
from pathlib import Path

from looplab.course.checking.sentence import sentence_faults
from looplab.course.reading.excerpts import excerpt
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.errors import LooplabError

__all__ = ["LONGEST_EXCERPT", "excerpt_faults"]

LONGEST_EXCERPT = 60
"""The number of lines that fit on a screen."""


def excerpt_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the code that a lesson takes from looplab.

    Args:
        lesson: the lesson.
        folder: the course's folder, which no link in a caption may leave.
    """
    for included in lesson.included:
        line = included.fence.line
        try:
            lines = len(excerpt(included).code.splitlines())
        except LooplabError as error:
            yield Fault(lesson.path, line, str(error))
        else:
            if lines > LONGEST_EXCERPT:
                reason = f"the excerpt has {lines} lines; at most {LONGEST_EXCERPT} fit on a screen"
                yield Fault(lesson.path, line, f"{reason}: cut it with from: and to:")
        yield from sentence_faults(lesson, "caption", included.text, line + included.text_offset, folder)
