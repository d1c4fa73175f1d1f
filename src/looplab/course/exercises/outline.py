"""Which exercises there are, read from their lessons' files without running them: that would load PyTorch."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from looplab.content import course_folder, lesson_folders
from looplab.course.exercises.finding import EXERCISES_FILE, exercises_in
from looplab.errors import require_choice

__all__ = ["Outline", "outline_exercises", "require_exercise"]

_LIST, _CLASS, _FIELDS = "EXERCISES", "Exercise", ("id", "title", "answer")


@dataclass(frozen=True, kw_only=True)
class Outline:
    """What an exercise is called, without its check.

    Attributes:
        id: lesson and number, "2.4.3".
        title: its heading in the lesson, without the id.
        answer: the name that the learner's code must define.
    """

    id: str
    title: str
    answer: str

    @property
    def lesson(self) -> str:
        """The lesson's number, "2.4"."""
        return self.id.rpartition(".")[0]


def outline_exercises(lesson: str | None = None, course: Path | None = None) -> list[Outline]:
    """The exercises of a lesson, or all of them, in the order of the course; arguments as for `list_exercises`.

    A file that makes its exercises in another way than by listing them is run after all.

    Raises:
        ExerciseError: such a file cannot be used.
    """
    folders = lesson_folders(course or course_folder())
    chosen = [folder for number, folder in folders.items() if lesson in (None, number)]
    return [outline for folder in chosen for outline in _outlines(folder)]


def require_exercise(exercise: str, course: Path | None = None) -> Outline:
    """The outline of the exercise with this id.

    Raises:
        ChoiceError: there is no such exercise; lists the nearest.
    """
    known = {outline.id: outline for outline in outline_exercises(course=course)}
    require_choice("exercise", exercise, known, titles={id_: outline.title for id_, outline in known.items()})
    return known[exercise]


def _outlines(folder: Path) -> list[Outline]:
    path = folder / EXERCISES_FILE
    if not path.is_file():
        return []
    try:
        found = [_outline(node) for node in _listed(ast.parse(path.read_bytes()))]
    except (SyntaxError, ValueError, LookupError):
        run = exercises_in(folder)
        return [Outline(id=exercise.id, title=exercise.title, answer=exercise.answer) for exercise in run]
    return sorted(found, key=lambda outline: [int(part) for part in outline.id.split(".")])


def _listed(module: ast.Module) -> Iterator[ast.expr]:
    """The items of the list. Raises LookupError unless it is written down in one piece."""
    values = [
        node.value
        for node in module.body
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and any(isinstance(name, ast.Name) and name.id == _LIST for name in _targets(node))
    ]
    if len(values) != 1 or not isinstance(values[0], ast.Tuple | ast.List):
        raise LookupError(_LIST)
    yield from values[0].elts


def _targets(node: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return node.targets if isinstance(node, ast.Assign) else [node.target]


def _outline(node: ast.expr) -> Outline:
    """Raises LookupError or ValueError unless the fields are written down."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.func.id != _CLASS:
        raise LookupError(_CLASS)
    given = {word.arg: ast.literal_eval(word.value) for word in node.keywords if word.arg in _FIELDS}
    id_, title, answer = (str(given[name]) for name in _FIELDS)
    return Outline(id=id_, title=title, answer=answer)
