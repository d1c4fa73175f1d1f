"""What Sphinx reads: a notebook for each lesson, with the outputs of its code, and Markdown for the other pages."""

import json
import math
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any

import nbformat

from looplab.course.pages.claim_box import claim_box
from looplab.course.pages.claims import measured
from looplab.course.pages.depth import with_ways_past
from looplab.course.pages.excerpts import included_box
from looplab.course.pages.exercises import check_box, hints_box, with_ways_back
from looplab.course.pages.folding import Piece, folded_box, folded_code
from looplab.course.pages.links import as_words, to_pages
from looplab.course.pages.live import live_box
from looplab.course.pages.map import course_map, map_list
from looplab.course.pages.quiz import Relink, checklist_boxes, question_box
from looplab.course.pages.segments import Code, HintList, Prose, segments
from looplab.course.pages.static_figures import figure_box, svg_of
from looplab.course.pages.terms import terms_list
from looplab.course.pages.themed import themed
from looplab.course.quiz.questions import Checklist, Question
from looplab.course.reading import Claim, Included, Lesson, Live
from looplab.course.reading.minutes import in_depth_minutes
from looplab.course.running.execution import Execution

__all__ = ["index_source", "lesson_source", "page_description", "page_source", "waiting_source"]

_PROGRESS = '<p class="course-progress" role="status" hidden></p>'


def lesson_source(lesson: Lesson, execution: Execution) -> str:
    """A lesson's page, as the text of a notebook."""
    cells: list[Any] = []
    relinked, marked, led_back = to_pages(lesson), with_ways_past(lesson), with_ways_back(lesson)
    pieces = folded_code(lesson)
    for segment in segments(lesson):
        if isinstance(segment, Prose):
            text = marked(_with_facts(segment.text, lesson) if not cells else segment.text)
            cells.append(nbformat.v4.new_markdown_cell(relinked(led_back(text))))
        elif isinstance(segment, HintList):
            cells.append(nbformat.v4.new_markdown_cell(hints_box(segment.hints, relinked)))
        elif isinstance(segment, Claim):
            box = claim_box(measured(segment, lesson), relinked(segment.sentence))
            cells.append(nbformat.v4.new_markdown_cell(box))
        elif isinstance(segment, Included):
            cells.append(nbformat.v4.new_markdown_cell(included_box(segment, relinked(segment.caption))))
        elif isinstance(segment, Live):
            cells.append(nbformat.v4.new_markdown_cell(live_box(segment, relinked(segment.caption), lesson.course)))
        elif isinstance(segment, Checklist):
            cells.append(nbformat.v4.new_markdown_cell(checklist_boxes(segment, relinked)))
        elif isinstance(segment, Question):
            cells.append(nbformat.v4.new_markdown_cell(question_box(segment, relinked)))
        else:
            at = segment.position
            cells += _code_cells(segment, pieces[at], execution.outputs[at], lesson, relinked)
    return _notebook(cells, lesson)


def waiting_source(lesson: Lesson) -> str:
    """What stands in a lesson's place until it is built: other pages can name it and link to it."""
    text = f"# {lesson.number} {lesson.title}\n\nThis page is not built yet."
    return _notebook([nbformat.v4.new_markdown_cell(text)], lesson)


def page_source(page: Lesson) -> str:
    """One of the course's other pages, as Markdown for Sphinx, with its figures."""
    relinked, parts, done = to_pages(page), [_meta(page)], 0
    for live in page.live:
        before = "\n".join(page.lines[done : live.fence.line - 1])
        parts += [relinked(before), live_box(live, relinked(live.caption), page.course)]
        done = live.fence.end
    rest = "\n".join(page.lines[done:])
    return "\n".join([*parts, relinked(rest)]) + "\n"


def page_description(page: Lesson) -> str:
    """What a link to a page says: its description, or else its first paragraph."""
    paragraphs = (paragraph for paragraph in page.text.split("\n\n") if paragraph.strip()[:1] not in ("#", "`", ""))
    return page.description or " ".join(as_words(next(paragraphs, "")).split())


def _meta(page: Lesson) -> str:
    meta = {"myst": {"html_meta": {"description": page_description(page)}}}
    return f"---\n{json.dumps(meta)}\n---\n"


def index_source(page: Lesson, lessons: list[Lesson], folder: Path, other_pages: list[str]) -> str:
    """The first page: the course's index, the map of its lessons, its terms, and the order of all pages.

    Args:
        page: the index as it is written.
        lessons: the course's lessons, in the order in which they are read.
        folder: the course's folder.
        other_pages: what stands before the lessons.
    """
    modules = course_map(lessons, folder)
    known = {lesson.number: lesson for lesson in lessons}
    parts = [_with_start(page_source(page).rstrip(), lessons), "## Lessons", _PROGRESS]
    for module in modules:
        parts += [f"### Module {module.number} · {module.title}", map_list(module, known)]
    parts += terms_list(lessons)
    parts.append(_toctree("", other_pages))
    for module in modules:
        places = [f"{lesson.place}.ipynb" for lesson in module.lessons]
        parts.append(_toctree(f"{module.number} · {module.title}", places))
    return "\n\n".join(parts) + "\n"


def _with_start(text: str, lessons: list[Lesson]) -> str:
    """The page with the way into the first lesson below its first paragraph."""
    if not lessons:
        return text
    parts = text.split("\n\n")
    first = next((at for at, part in enumerate(parts) if part.strip()[:1] not in ("#", "-", "`", "")), 0)
    start = f'{{.start}}\n[Start {lessons[0].number}]({lessons[0].place}.ipynb) <span class="go-on" hidden></span>'
    return "\n\n".join([*parts[: first + 1], start, *parts[first + 1 :]])


def _toctree(caption: str, documents: list[str]) -> str:
    head = ["```{toctree}", ":hidden:", *([f":caption: {caption}"] if caption else [])]
    return "\n".join([*head, "", *documents, "```"])


def _notebook(cells: list[Any], lesson: Lesson) -> str:
    for position, cell in enumerate(cells):
        cell["id"] = f"cell-{position}"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
    described = {"myst": {"html_meta": {"description": lesson.description}}}
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=kernel | described)
    return json.dumps(notebook, ensure_ascii=False)


def _with_facts(text: str, lesson: Lesson) -> str:
    """The lesson's beginning with a line under its title: how long it takes, and where it can be run."""
    title, _, rest = text.partition("\n")
    live = f"/looplab/live/{lesson.number}"
    deep = math.ceil(in_depth_minutes(lesson))
    facts = (
        f'<p class="lesson-facts"><span>{lesson.minutes} minutes</span> '
        f"{f'<span>and {deep} in depth</span> ' if deep else ''}"
        f'<a class="open-live" href="{escape(live)}" hidden>Open live</a></p>'
    )
    return f"{title}\n\n{facts}\n{rest}"


def _code_cells(
    code: Code, pieces: tuple[Piece, ...], outputs: tuple[Any, ...], lesson: Lesson, relinked: Relink
) -> Iterator[Any]:
    """The code, what only draws folded, and its outputs; the figure among them with its caption."""
    at = next((at for at, output in enumerate(outputs) if code.fence.figure and svg_of(output)), len(outputs))
    *before, last = pieces
    for piece in before:
        yield _code_cell(piece, (), first=piece is pieces[0])
    if last.folded:
        yield nbformat.v4.new_markdown_cell(folded_box(last, first=not before))
        yield from _output_cells(outputs[:at])
    else:
        yield _code_cell(last, outputs[:at], first=not before)
    if code.fence.figure is not None and at < len(outputs):
        figure = code.fence.figure
        svg = themed(svg_of(outputs[at]), name=f"figure-{code.position}", alt=figure.alt)
        yield nbformat.v4.new_markdown_cell(figure_box(svg, relinked(figure.caption)))
    yield from _output_cells(outputs[at + 1 :])
    if code.exercise is not None:
        yield nbformat.v4.new_markdown_cell(check_box(code.exercise, lesson))


def _code_cell(piece: Piece, outputs: tuple[Any, ...], *, first: bool) -> Any:
    if piece.folded:
        return nbformat.v4.new_markdown_cell(folded_box(piece, first=first))
    kind = {"tags": ["piece-first" if first else "piece-more"]}
    return nbformat.v4.new_code_cell(piece.code, outputs=list(outputs), metadata=kind)


def _output_cells(outputs: tuple[Any, ...]) -> list[Any]:
    """Outputs that stand by themselves; MyST passes over cells without code, so they hold some that is not shown."""
    cell = nbformat.v4.new_code_cell("# output", outputs=list(outputs), metadata={"tags": ["remove-input"]})
    return [cell] if outputs else []
