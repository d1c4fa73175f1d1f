"""A lesson as a notebook: clean, without outputs, with a cell that checks the answer after each stub."""

import ast
import base64
from typing import Any

import nbformat

from looplab.course.exercises import exercises_in
from looplab.course.pages.claims import claim_markdown, measured
from looplab.course.pages.excerpts import included_markdown
from looplab.course.pages.links import as_words
from looplab.course.pages.live import picture_file
from looplab.course.pages.quiz import question_check, question_markdown
from looplab.course.pages.segments import Code, Prose, lines_of, segments
from looplab.course.quiz.questions import Checklist, Question
from looplab.course.reading import Claim, ExerciseText, Included, Lesson, Live
from looplab.course.reading.live_figures import live_figures

__all__ = ["check_code", "lesson_notebook"]

KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


def lesson_notebook(lesson: Lesson) -> nbformat.NotebookNode:
    """A notebook that runs in Jupyter and in Colab as it is; looplab is needed only for the checks.

    The captions and alternative texts of figures stand in Markdown below the code that draws them. Links to other pages
    of the course become their text, because nothing lies beside a notebook.

    Returns:
        The notebook, without outputs. Equal lessons give equal notebooks.
    """
    cells: list[Any] = []
    for segment in segments(lesson):
        if isinstance(segment, Prose):
            cells.append(nbformat.v4.new_markdown_cell(as_words(segment.text)))
        elif isinstance(segment, Claim):
            cells.append(_claim_cell(segment, lesson))
        elif isinstance(segment, Included):
            cells.append(nbformat.v4.new_markdown_cell(as_words(included_markdown(segment))))
        elif isinstance(segment, Live):
            cells += _live_cells(segment, lesson)
        elif isinstance(segment, Checklist):
            cells.append(nbformat.v4.new_markdown_cell(as_words(lines_of(segment, lesson))))
        elif isinstance(segment, Question):
            cells.append(nbformat.v4.new_markdown_cell(question_markdown(segment, as_words)))
            cells.append(nbformat.v4.new_code_cell(question_check(segment)))
        else:
            cells += _code_cells(segment, lesson)
    for position, cell in enumerate(cells):
        cell["id"] = f"{lesson.number.replace('.', '-')}-{position}"
    notebook: nbformat.NotebookNode = nbformat.v4.new_notebook(cells=cells, metadata=KERNEL)
    return notebook


def _claim_cell(claim: Claim, lesson: Lesson) -> Any:
    """The claim as Markdown; its picture is attached to the cell, so that the notebook needs no other file."""
    found = measured(claim, lesson)
    text = as_words(claim_markdown(found, f"attachment:{found.picture.name}"))
    cell = nbformat.v4.new_markdown_cell(text)
    cell["attachments"] = {found.picture.name: {"image/png": base64.b64encode(found.picture.png).decode()}}
    return cell


def _live_cells(live: Live, lesson: Lesson) -> list[Any]:
    """The still picture of a figure, attached to its cell, and a cell that shows the figure itself."""
    picture = picture_file(live_figures(lesson.course)[live.name], live.alt)
    name = f"{live.name}.svg"
    text = f"![{live.name}](attachment:{name})\n\n*{as_words(live.caption)}*\n\nIn words: {live.alt}"
    cell = nbformat.v4.new_markdown_cell(text)
    cell["attachments"] = {name: {"image/svg+xml": base64.b64encode(picture.encode()).decode()}}
    return [cell, nbformat.v4.new_code_cell(_SHOW_FIGURE.format(name=live.name))]


_SHOW_FIGURE = """\
# Run this cell to move the figure yourself.
try:
    from looplab.course import show_figure
except ImportError:
    print("The figure needs looplab. Install it with: pip install looplab")
else:
    show_figure("{name}")"""


def _code_cells(code: Code, lesson: Lesson) -> list[Any]:
    cells = [nbformat.v4.new_code_cell(code.fence.code)]
    figure = code.fence.figure
    if figure is not None:
        cells.append(nbformat.v4.new_markdown_cell(f"*{figure.caption}*\n\nIn words: {figure.alt}"))
    if code.exercise is not None:
        cells.append(nbformat.v4.new_code_cell(check_code(code.exercise, lesson)))
    return cells


def check_code(exercise: ExerciseText, lesson: Lesson) -> str:
    """The code that checks the answer to an exercise: it prints the verdict and never raises."""
    name = answer_name(exercise, lesson)
    return f"""\
# Write your answer above, run it, then run this cell.
try:
    from looplab.course import check
except ImportError:
    print("The check needs looplab. Install it with: pip install looplab")
else:
    print(check("{exercise.id}", globals().get("{name}")))"""


def answer_name(exercise: ExerciseText, lesson: Lesson) -> str:
    """The name that an answer must define: the one its check asks for, or else the last one the stub defines."""
    checked = {known.id: known.answer for known in exercises_in(lesson.path.parent)}
    return checked.get(exercise.id) or _last_defined(exercise)


def _last_defined(exercise: ExerciseText) -> str:
    tree = ast.parse(exercise.stub.source if exercise.stub else "")
    names = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    return names[-1] if names else "answer"
