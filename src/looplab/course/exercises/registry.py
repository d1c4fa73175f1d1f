"""Finding exercises: `lesson_2_4.py` registers those of lesson 2.4, and is imported when one of them is asked for."""

import importlib
import pkgutil
import re
import sys

from looplab.course.exercises.exercise import Exercise
from looplab.errors import ChoiceError, ExerciseError

__all__ = ["find_exercise", "list_exercises", "register"]

_PACKAGE = "looplab.course.exercises"
_LESSON_MODULE = re.compile(r"lesson_(\d+)_(\d+)")
_registered: dict[str, Exercise] = {}


def register(exercise: Exercise) -> Exercise:
    """Make an exercise known by its id.

    Raises:
        ExerciseError: another exercise has that id.
    """
    known = _registered.get(exercise.id)
    if known is not None and _origin(known) != _origin(exercise):
        raise ExerciseError(
            f"exercise {exercise.id} '{exercise.title}'",
            expected="an id of its own",
            got=f"the one of '{known.title}'",
        )
    _registered[exercise.id] = exercise
    return exercise


def find_exercise(exercise_id: str) -> Exercise:
    """The exercise with an id; imports the module of its lesson only.

    Raises:
        ChoiceError: there is no such exercise; lists those there are, the nearest first.
    """
    lesson = str(exercise_id).rpartition(".")[0]
    if lesson in _lesson_modules():
        _load(lesson)
    if exercise_id not in _registered:
        raise ChoiceError("exercise", exercise_id, [exercise.id for exercise in list_exercises()])
    return _registered[exercise_id]


def list_exercises(lesson: str | None = None) -> list[Exercise]:
    """The exercises of a lesson, or all of them, in the order of the course. A lesson without exercises gives []."""
    for module_lesson in _lesson_modules():
        if lesson in (None, module_lesson):
            _load(module_lesson)
    found = [exercise for exercise in _registered.values() if lesson in (None, exercise.lesson)]
    return sorted(found, key=lambda exercise: [int(part) for part in exercise.id.split(".")])


def _origin(exercise: Exercise) -> tuple[str, str]:
    """What stays the same when a lesson's module is loaded again."""
    return exercise.check.__module__, exercise.title


def _lesson_modules() -> dict[str, str]:
    """The lessons that have exercises, and the names of their modules; nothing is imported."""
    names = (module.name for module in pkgutil.iter_modules(sys.modules[_PACKAGE].__path__))
    matches = (_LESSON_MODULE.fullmatch(name) for name in names)
    return {f"{match[1]}.{match[2]}": f"{_PACKAGE}.{match[0]}" for match in matches if match}


def _load(lesson: str) -> None:
    importlib.import_module(_lesson_modules()[lesson])
