"""Checks of links: relative ones lead to a file and an anchor that exist, others are well-formed addresses."""

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.markdown import read_lesson
from looplab.course.reading.parts import Link

__all__ = ["link_faults"]


def link_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the links and images of a lesson.

    Args:
        lesson: the lesson.
        folder: the course's folder, which no relative link may leave.
    """
    for link in lesson.links:
        reason = _reason(link, lesson, folder.resolve())
        if reason:
            yield Fault(lesson.path, link.line, reason)


def _reason(link: Link, lesson: Lesson, folder: Path) -> str:
    if link.image and not link.text:
        return f"the image '{link.target}' has no alternative text"
    address = urlsplit(link.target)
    if address.scheme:
        if address.scheme in ("http", "https") and "." in address.netloc:
            return ""
        return f"the link '{link.target}' is not a complete http or https address"
    path = (lesson.path.parent / unquote(address.path)).resolve() if address.path else lesson.path.resolve()
    if not path.is_file():
        return f"the link '{link.target}' leads to a file that does not exist"
    if not path.is_relative_to(folder):
        return f"the link '{link.target}' leads out of the course's folder"
    return _anchor_reason(link, path, address.fragment)


def _anchor_reason(link: Link, path: Path, anchor: str) -> str:
    if not anchor or path.suffix != ".md":
        return ""
    anchors = [heading.anchor for heading in read_lesson(path).headings]
    return "" if unquote(anchor) in anchors else f"the link '{link.target}' leads to a heading that does not exist"
