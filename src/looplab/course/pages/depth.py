"""What a first reading may leave out, marked on a page with a link past it."""

from collections.abc import Callable, Iterator

from looplab.course.reading import Lesson
from looplab.course.reading.minutes import IN_DEPTH, in_depth_headings
from looplab.course.reading.parts import Heading

__all__ = ["with_ways_past"]

_SECTION = "In depth"


def with_ways_past(lesson: Lesson) -> Callable[[str], str]:
    """A function for the prose of a lesson, one piece after the other: a link leads past whatever is in depth."""
    marked = iter([_after(lesson, heading) for heading in in_depth_headings(lesson)])
    sections = iter([_after(lesson, each) for each in lesson.headings if (each.level, each.text) == (2, _SECTION)])

    def change(text: str) -> str:
        return "\n".join(line for each in text.split("\n") for line in _lines(each, marked, sections))

    return change


def _lines(line: str, marked: Iterator[str], sections: Iterator[str]) -> Iterator[str]:
    if line.strip() == IN_DEPTH:
        yield from _way_past(next(marked, ""))
    else:
        yield line
        if line.strip() == f"## {_SECTION}":
            yield from ("", *_way_past(next(sections, "")))


def _way_past(anchor: str) -> tuple[str, str]:
    skip = f"[skip this](#{anchor})" if anchor else "skip this"
    return "{.in-depth}", f"In depth: {skip} at a first reading."


def _after(lesson: Lesson, heading: Heading) -> str:
    """The anchor of what follows a section, or a subsection; empty where nothing does."""
    later = (each for each in lesson.headings if each.line > heading.line and each.level <= heading.level)
    return next((each.anchor for each in later), "")
