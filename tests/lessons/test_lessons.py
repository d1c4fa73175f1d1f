"""The lessons of the course: each is without a fault, and becomes a notebook (their code is run by `course check`)."""

import re

import nbformat
import pytest

from looplab.content import course_folder
from looplab.course.checking import check_course
from looplab.course.pages import lesson_notebook
from looplab.course.reading import find_lesson, list_lessons

NUMBERS = [lesson.number for lesson in list_lessons()]
ABOUT_LOOPLAB = re.compile(
    r"except where looplab itself is the subject \(([^)]*\) or trains thousands at once \([^)]*)\)"
)
"""Where the first page names the lessons whose demonstrations call looplab."""


def test_the_course_has_no_fault_that_reading_finds() -> None:
    assert [str(fault) for fault in check_course(run=False)] == []


@pytest.mark.parametrize("number", NUMBERS)
def test_a_lesson_becomes_a_valid_notebook(number: str) -> None:
    lesson = find_lesson(number)
    notebook = lesson_notebook(lesson)
    nbformat.validate(notebook)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    asked = len(lesson.exercises) + len(lesson.predictions) + len(lesson.quiz)
    assert len(code) == len(lesson.cells) + len(lesson.live) + asked
    checks = [source for source in code if "from looplab.course import check" in source]
    assert len(checks) == asked
    figures = [source for source in code if "from looplab.course import show_figure" in source]
    assert len(figures) == len(lesson.live)
    named = ABOUT_LOOPLAB.search((course_folder() / "index.md").read_text())
    assert named is not None
    if number not in re.findall(r"\d+\.\d+", named[1]):
        assert not any("looplab" in source for source in code if source not in checks + figures), (
            "lessons run without looplab"
        )
