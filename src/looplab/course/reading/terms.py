"""Where a lesson defines the terms that its front matter names."""

from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Heading, Italic

__all__ = ["definition"]


def definition(lesson: Lesson, term: str) -> tuple[Italic, Heading | None] | None:
    """Where a lesson defines a term, and the heading above: at the first place where it is in italics."""
    found = next((italic for italic in lesson.italics if italic.text.casefold() == term.casefold()), None)
    if found is None:
        return None
    above = [heading for heading in lesson.headings if heading.level > 1 and heading.line <= found.line]
    return found, above[-1] if above else None
