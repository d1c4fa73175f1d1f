"""The terms of the course, each with the place where it is defined."""

import re

from mdit_py_plugins.anchors.index import slugify

from looplab.course.pages.quiz import PREDICT
from looplab.course.reading import Lesson
from looplab.course.reading.parts import Heading
from looplab.course.reading.terms import definition

__all__ = ["terms_list"]

_FORMULA = re.compile(r"\$[^$]+\$")


def terms_list(lessons: list[Lesson]) -> list[str]:
    """A heading and the list of all terms in alphabetical order; nothing if the lessons name none.

    Each leads to the section that defines it.
    """
    entries = {term: _entry(term, lesson) for lesson in lessons for term in lesson.terms}
    if not entries:
        return []
    listed = [entries[term] for term in sorted(entries, key=str.casefold)]
    lead = "Each term is defined once, where it is first needed. The links lead there."
    return ["## Terms", lead, "{.terms}\n" + "\n".join(listed)]


def _entry(term: str, lesson: Lesson) -> str:
    found = definition(lesson, term)
    anchor = f"#{_anchor(found[1], lesson)}" if found is not None and found[1] is not None else ""
    return f"- [{term}]({lesson.place}.ipynb{anchor}) {lesson.number}"


def _anchor(heading: Heading, lesson: Lesson) -> str:
    """Where a heading of a lesson stands on its page; there, a prediction has another and formulas do not count."""
    predicted = next((each for each in lesson.predictions if each.line == heading.line), None)
    if predicted is None and "$" not in heading.text:
        return heading.anchor
    return slugify(_FORMULA.sub("", heading.text if predicted is None else f"{PREDICT} {predicted.text}"))
