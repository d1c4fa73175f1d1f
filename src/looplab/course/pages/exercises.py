"""Exercises on pages and in notebooks: how to check, hints that open one by one, ways to solutions and back."""

from collections.abc import Callable

from looplab.course.checking.exercise_form import STEPS
from looplab.course.reading import ExerciseText, Hints, Lesson

__all__ = ["CHECK_CELL", "check_box", "check_markdown", "hints_box", "hints_markdown", "with_ways_back"]

CHECK_CELL = 'from looplab.course import check; check("{id}")'
"""The cell of a notebook that checks an answer, which it finds by its name."""

Relink = Callable[[str], str]


def check_box(exercise: ExerciseText, lesson: Lesson) -> str:
    """What stands below a stub on a page: how to check an answer, and the way to the solution."""
    return f"""\
````{{admonition}} Check your answer
:class: check-answer
In the live lesson, run the cell below the stub. Or save your code, imports included, as `answer.py`, and run

```console
$ looplab check {exercise.id} --file answer.py
```

[Solution](#{_anchor(exercise.solution_line, lesson)})
````"""


def check_markdown(exercise: ExerciseText, lesson: Lesson, relink: Relink) -> str:
    """What stands in a notebook between a stub and the cell that checks it: what to do, and the way to the page."""
    page = relink(f"[This exercise on its page](#{_anchor(exercise.line, lesson)})")
    way = f" {page}." if page.startswith("[") else ""
    return f"Run your cell, then the next one, which checks it. It needs looplab: `pip install 'looplab[course]'`.{way}"


def hints_box(hints: Hints, relink: Relink) -> str:
    """The hints on a page: each opens by itself, without a script."""
    return _hints(hints, relink, '<details class="hint">')


def hints_markdown(hints: Hints, relink: Relink) -> str:
    """The hints in a notebook, where each opens by itself, too."""
    return _hints(hints, relink, "<details>")


def with_ways_back(lesson: Lesson) -> Callable[[str], str]:
    """A function for the prose of a lesson's page.

    Below the heading of an exercise stands room for its tick, below that of a solution a link to its exercise.
    """
    below = {}
    for exercise in lesson.exercises:
        tick = f'<p class="exercise-done" data-exercise="{exercise.id}" role="status" hidden></p>'
        below[lesson.lines[exercise.line - 1]] = ("", tick, "")
        if exercise.solution_line:
            way = f"[Back to exercise {exercise.id}](#{_anchor(exercise.line, lesson)})"
            below[lesson.lines[exercise.solution_line - 1]] = ("", "{.way-back}", way)

    def change(text: str) -> str:
        return "\n".join(part for line in text.split("\n") for part in (line, *below.get(line, ())))

    return change


def _hints(hints: Hints, relink: Relink, opening: str) -> str:
    boxes = []
    for number, (step, text) in enumerate(zip(STEPS, hints.items, strict=True), 1):
        summary = f"<summary>Hint {number}: {step}</summary>"
        boxes.append(f"{opening}{summary}\n\n{relink(text)}\n\n</details>")
    return "\n\n".join(boxes)


def _anchor(line: int, lesson: Lesson) -> str:
    return next((heading.anchor for heading in lesson.headings if heading.line == line), "")
