"""Finding exercises: `exercises.py` in a lesson's folder defines `EXERCISES`, and is run on demand."""

from pathlib import Path

from looplab.content import course_folder, lesson_folders, load_module, reading_order
from looplab.course.exercises.exercise import Exercise
from looplab.errors import ChoiceError, ExerciseError

__all__ = ["EXERCISES_FILE", "exercises_in", "find_exercise", "list_exercises"]

EXERCISES_FILE = "exercises.py"
"""The file in a lesson's folder that holds its exercises."""


def find_exercise(exercise_id: str, course: Path | None = None) -> Exercise:
    """The exercise with this id; only the file of its lesson is run.

    Args:
        exercise_id: lesson and number, "2.4.3".
        course: the course's folder; by default the one that came with looplab.

    Raises:
        ChoiceError: there is no such exercise; lists those there are, the nearest first.
        ExerciseError: the file of its lesson cannot be used.
    """
    lesson = str(exercise_id).rpartition(".")[0]
    found = {exercise.id: exercise for exercise in list_exercises(lesson, course)}
    if exercise_id not in found:
        titles = {exercise.id: exercise.title for exercise in list_exercises(course=course)}
        raise ChoiceError("exercise", exercise_id, titles, titles=titles)
    return found[exercise_id]


def list_exercises(lesson: str | None = None, course: Path | None = None) -> list[Exercise]:
    """The exercises of a lesson, or all of them, in the order of the course. A lesson without exercises gives [].

    Args:
        lesson: the lesson's number; by default all lessons.
        course: the course's folder; by default the one that came with looplab.

    Raises:
        ExerciseError: a lesson's file cannot be used.
    """
    folders = lesson_folders(course or course_folder())
    chosen = [folder for number, folder in folders.items() if lesson in (None, number)]
    return [exercise for folder in chosen for exercise in exercises_in(folder)]


def exercises_in(folder: Path) -> list[Exercise]:
    """The exercises in a lesson's folder, in order; [] when it has none.

    Raises:
        ExerciseError: the lesson's file cannot be used.
    """
    path, lesson = folder / EXERCISES_FILE, folder.name.split("-", 1)[0]
    if not path.is_file():
        return []
    try:
        defined = getattr(load_module(path), "EXERCISES", None)
    except Exception as error:
        raise ExerciseError(f"{path} raises {type(error).__name__}: {error}") from error
    if not isinstance(defined, tuple | list) or not all(isinstance(item, Exercise) for item in defined):
        raise ExerciseError(f"EXERCISES in {path}", expected="a tuple of exercises", got=repr(defined))
    known: dict[str, Exercise] = {}
    for exercise in defined:
        _require_own_id(exercise, lesson, known)
        known[exercise.id] = exercise
    return sorted(known.values(), key=lambda exercise: reading_order(exercise.id))


def _require_own_id(exercise: Exercise, lesson: str, known: dict[str, Exercise]) -> None:
    what = f"exercise {exercise.id} '{exercise.title}'"
    if exercise.id in known:
        got = f"the one of '{known[exercise.id].title}'"
        raise ExerciseError(what, expected="an id of its own", got=got)
    if exercise.lesson != lesson:
        raise ExerciseError(what, expected=f"an id that begins with its lesson's number {lesson}", got=exercise.id)
