"""Taking a lesson elsewhere: as a notebook, or as a post with its figures."""

from pathlib import Path
from typing import Literal

import nbformat

from looplab.course.pages.notebook import lesson_notebook
from looplab.course.pages.post import write_post
from looplab.course.reading import find_lesson
from looplab.errors import require_choice
from looplab.files import write_whole

__all__ = ["export_lesson"]


def export_lesson(
    lesson: str,
    to: Literal["notebook", "post"] = "notebook",
    output: Path | None = None,
    *,
    pages: str = "",
    course: Path | None = None,
    cache: Path | None = None,
    quiet: bool = False,
) -> Path:
    """Write a lesson as a notebook, or as a Markdown post with a folder of figures beside it.

    An earlier export of the same lesson is replaced.

    Args:
        lesson: its number, for instance "2.4".
        to: "notebook" gives an `.ipynb` without outputs that runs in Jupyter and Colab; "post" gives Markdown with the
            outputs of the code as text and its figures as PNG files.
        output: the folder to write into; by default the current one.
        pages: the address under which the built pages lie, "https://example.org/course": links to them lead there.
            Without it they become their text.
        course: the folder of the lessons; by default those that came with looplab.
        cache: where executions are kept; by default the user's cache directory.
        quiet: show no progress, even on a terminal.

    Returns:
        The notebook's or the post's file.

    Raises:
        ChoiceError: there is no such lesson, or no such form.
        LessonError: the lesson's code raises (for a post, which needs its outputs).
    """
    require_choice("to", to, ["notebook", "post"])
    found = find_lesson(lesson, course)
    folder = output or Path()
    if to == "post":
        return write_post(found, folder, cache, pages, quiet=quiet)
    return write_whole(folder / f"{found.name}.ipynb", nbformat.writes(lesson_notebook(found, pages)) + "\n")
