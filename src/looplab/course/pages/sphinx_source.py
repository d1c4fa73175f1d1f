"""What Sphinx reads: a notebook for each lesson, with the outputs of its code, and Markdown for the other pages."""

import json
import math
from html import escape
from pathlib import Path
from typing import Any

import nbformat

from looplab.course.pages.claims import measured
from looplab.course.pages.depth import with_ways_past
from looplab.course.pages.excerpts import included_box
from looplab.course.pages.links import to_pages
from looplab.course.pages.live import live_box
from looplab.course.pages.map import course_map, map_list
from looplab.course.pages.map_picture import map_picture
from looplab.course.pages.quiz import checklist_boxes, question_box
from looplab.course.pages.segments import Code, Prose, segments
from looplab.course.pages.terms import terms_list
from looplab.course.quiz.questions import Checklist, Question
from looplab.course.reading import Claim, ExerciseText, Included, Lesson, Live
from looplab.course.reading.minutes import in_depth_minutes
from looplab.course.running.execution import Execution

__all__ = ["PICTURES", "index_source", "lesson_source", "page_source", "waiting_source"]


PICTURES = "measured"
"""The folder in Sphinx's source that holds the pictures of claims."""

_PROGRESS = '<p class="course-progress" role="status" hidden></p>'


def lesson_source(lesson: Lesson, execution: Execution) -> str:
    """A lesson's page, as the text of a notebook."""
    cells: list[Any] = []
    relinked, marked = to_pages(lesson), with_ways_past(lesson)
    for segment in segments(lesson):
        if isinstance(segment, Prose):
            text = marked(_with_facts(segment.text, lesson) if not cells else segment.text)
            cells.append(nbformat.v4.new_markdown_cell(relinked(text)))
        elif isinstance(segment, Claim):
            cells.append(nbformat.v4.new_markdown_cell(_claim_box(segment, lesson)))
        elif isinstance(segment, Included):
            cells.append(nbformat.v4.new_markdown_cell(included_box(segment, relinked(segment.caption))))
        elif isinstance(segment, Live):
            cells.append(nbformat.v4.new_markdown_cell(live_box(segment, relinked(segment.caption), lesson.course)))
        elif isinstance(segment, Checklist):
            cells.append(nbformat.v4.new_markdown_cell(checklist_boxes(segment, relinked)))
        elif isinstance(segment, Question):
            cells.append(nbformat.v4.new_markdown_cell(question_box(segment, relinked)))
        else:
            cells += _code_cells(segment, execution.outputs[segment.position])
    return _notebook(cells, lesson)


def waiting_source(lesson: Lesson) -> str:
    """What stands in a lesson's place until it is built: other pages can name it and link to it."""
    text = f"# {lesson.number} {lesson.title}\n\nThis page is not built yet."
    return _notebook([nbformat.v4.new_markdown_cell(text)], lesson)


def page_source(page: Lesson) -> str:
    """One of the course's other pages, as Markdown for Sphinx, with its figures."""
    relinked, parts, done = to_pages(page), [], 0
    for live in page.live:
        before = "\n".join(page.lines[done : live.fence.line - 1])
        parts += [relinked(before), live_box(live, relinked(live.caption), page.course)]
        done = live.fence.end
    rest = "\n".join(page.lines[done:])
    return "\n".join([*parts, relinked(rest)]) + "\n"


def index_source(page: Lesson, lessons: list[Lesson], folder: Path, other_pages: list[str]) -> str:
    """The first page: the course's index, the map of its lessons, its terms, and the order of all pages.

    Args:
        page: the index as it is written.
        lessons: those that are written.
        folder: the course's folder.
        other_pages: what stands before the lessons.
    """
    modules = course_map(lessons, folder)
    known = {lesson.number: lesson for module in modules for lesson in module.lessons}
    parts = [page_source(page).rstrip(), "## Lessons", _PROGRESS, map_picture(modules)]
    for module in modules:
        parts += [f"### Module {module.number} · {module.title}", map_list(module, known)]
    parts += terms_list(lessons)
    parts.append(_toctree("", other_pages))
    for module in modules:
        written = [lesson.source for lesson in module.lessons if lesson.source]
        parts += [_toctree(f"{module.number} · {module.title}", written)] if written else []
    return "\n\n".join(parts) + "\n"


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


def _code_cells(code: Code, outputs: tuple[Any, ...]) -> list[Any]:
    cell = nbformat.v4.new_code_cell(code.fence.code, outputs=list(outputs), execution_count=code.position + 1)
    figure = code.fence.figure
    if figure is not None:
        image = {"alt": figure.alt} | ({"width": f"{width}px"} if (width := _width(outputs)) else {})
        cell["metadata"]["mystnb"] = {"figure": {"caption": figure.caption}, "image": image}
    if code.exercise is None:
        return [cell]
    return [cell, nbformat.v4.new_markdown_cell(_check_box(code.exercise))]


def _width(outputs: tuple[Any, ...]) -> int | None:
    """The width of the figure in CSS pixels: half of the picture's own, which is drawn for sharp screens."""
    sizes = [output.get("metadata", {}).get("image/png", {}) for output in outputs]
    return next((int(size["width"]) for size in sizes if "width" in size), None)


def _claim_box(claim: Claim, lesson: Lesson) -> str:
    """The sentence, what was found about it, and, folded away, the numbers of each arm."""
    found = measured(claim, lesson)
    evidence = "\n".join(f"- {sentence}" for sentence in found.evidence)
    return f"""\
`````{{admonition}} Claim: {found.verdict}
:class: claim claim-{found.report.verdict}
{{.claim-sentence}}
{to_pages(lesson)(claim.sentence)}

````{{figure}} /{PICTURES}/{found.picture.name}
:alt: {found.picture.alt}
:width: {found.picture.width}px

{found.picture.caption}
````

{found.lead}

{evidence}

<details><summary>All numbers</summary>

{found.table}

{found.measure} {found.conditions}

</details>

Measure it again: `{found.rerun}`
`````"""


def _check_box(exercise: ExerciseText) -> str:
    return f"""\
````{{admonition}} Check your answer
:class: check-answer
In the live lesson, run the cell below the stub. Or save your code, imports included, as `answer.py`, and run

```console
$ looplab check {exercise.id} --file answer.py
```
````"""
