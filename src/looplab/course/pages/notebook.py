"""A lesson as a notebook: clean, without outputs, with a cell that checks the answer after each stub."""

import base64
from collections.abc import Callable
from typing import Any

import nbformat

from looplab.course.pages.claims import claim_markdown, measured
from looplab.course.pages.excerpts import included_markdown
from looplab.course.pages.exercises import CHECK_CELL, check_markdown, hints_markdown
from looplab.course.pages.folding import folded_code
from looplab.course.pages.links import elsewhere
from looplab.course.pages.live import picture_file
from looplab.course.pages.quiz import question_check, question_to_answer
from looplab.course.pages.segments import Code, HintList, Prose, lines_of, segments
from looplab.course.quiz.questions import Checklist, Question
from looplab.course.reading import Claim, Included, Lesson, Live
from looplab.course.reading.live_figures import live_figures

__all__ = ["lesson_notebook"]

Relink = Callable[[str], str]

KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def lesson_notebook(lesson: Lesson, pages: str = "") -> nbformat.NotebookNode:
    """A notebook that runs in Jupyter and in Colab as it is; looplab is needed only for the checks.

    The captions and alternative texts of figures stand in Markdown below the code that draws them. Links to pages
    of the course keep leading there if it is known where the pages lie; else they become their text.

    Args:
        lesson: the lesson.
        pages: the address under which the built pages lie.

    Returns:
        The notebook, without outputs. Equal lessons give equal notebooks.
    """
    cells: list[Any] = []
    relinked, pieces = elsewhere(lesson, pages), folded_code(lesson)
    for segment in segments(lesson):
        if isinstance(segment, Prose):
            cells.append(nbformat.v4.new_markdown_cell(relinked(segment.text)))
        elif isinstance(segment, HintList):
            cells.append(nbformat.v4.new_markdown_cell(hints_markdown(segment.hints, relinked)))
        elif isinstance(segment, Claim):
            cells.append(_claim_cell(segment, lesson, relinked))
        elif isinstance(segment, Included):
            cells.append(nbformat.v4.new_markdown_cell(relinked(included_markdown(segment))))
        elif isinstance(segment, Live):
            cells += _live_cells(segment, lesson, relinked)
        elif isinstance(segment, Checklist):
            cells.append(nbformat.v4.new_markdown_cell(relinked(lines_of(segment, lesson))))
        elif isinstance(segment, Question):
            cells.append(nbformat.v4.new_markdown_cell(question_to_answer(segment, relinked)))
            cells.append(nbformat.v4.new_code_cell(question_check(segment)))
        else:
            only_draws = all(piece.folded for piece in pieces[segment.position])
            cells += _code_cells(segment, only_draws=only_draws, lesson=lesson, relinked=relinked)
    for position, cell in enumerate(cells):
        cell["id"] = f"{lesson.number.replace('.', '-')}-{position}"
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    return notebook


def _claim_cell(claim: Claim, lesson: Lesson, relinked: Relink) -> Any:
    """The claim as Markdown; its picture is attached to the cell, so that the notebook needs no other file."""
    found = measured(claim, lesson)
    text = relinked(claim_markdown(found, f"attachment:{found.picture.name}"))
    cell = nbformat.v4.new_markdown_cell(text)
    cell["attachments"] = {found.picture.name: {"image/png": base64.b64encode(found.picture.png).decode()}}
    return cell


def _live_cells(live: Live, lesson: Lesson, relinked: Relink) -> list[Any]:
    """The still picture of a figure, attached to its cell, and a cell that shows the figure itself."""
    picture = picture_file(live_figures(lesson.course)[live.name], live.alt)
    name = f"{live.name}.svg"
    above = [heading.anchor for heading in lesson.headings if heading.line < live.fence.line]
    page = relinked(f"[The figure on its page](#{above[-1] if above else ''})")
    way = f" {page}." if page.startswith("[") else ""
    run = f"Run the next cell to move it yourself. It needs looplab: `pip install 'looplab[course]'`.{way}"
    text = f"![{live.name}](attachment:{name})\n\n*{relinked(live.caption)}*\n\nIn words: {live.alt}\n\n{run}"
    cell = nbformat.v4.new_markdown_cell(text)
    cell["attachments"] = {name: {"image/svg+xml": base64.b64encode(picture.encode()).decode()}}
    return [cell, nbformat.v4.new_code_cell(_SHOW_FIGURE.format(name=live.name))]


_SHOW_FIGURE = """from looplab.course import show_figure; show_figure("{name}")"""

_FOLDED = {"jupyter": {"source_hidden": True}, "tags": ["hide-input"]}
"""Of a cell that only draws: JupyterLab and most converters fold its code, and open it at a click."""


def _code_cells(code: Code, *, only_draws: bool, lesson: Lesson, relinked: Relink) -> list[Any]:
    cells = [nbformat.v4.new_code_cell(code.fence.code, metadata=_FOLDED if only_draws else {})]
    figure = code.fence.figure
    if figure is not None:
        cells.append(nbformat.v4.new_markdown_cell(f"*{figure.caption}*\n\nIn words: {figure.alt}"))
    if code.exercise is not None:
        cells.append(nbformat.v4.new_markdown_cell(check_markdown(code.exercise, lesson, relinked)))
        cells.append(nbformat.v4.new_code_cell(CHECK_CELL.format(id=code.exercise.id)))
    return cells
