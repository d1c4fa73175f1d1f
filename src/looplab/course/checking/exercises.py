"""Checks of exercises: each has a stub and a solution; these and planted mistakes get the right verdicts."""

import re
from collections.abc import Iterator

from looplab.course.answers.contract import contract_faults, imports_of
from looplab.course.exercises import Exercise, exercises_in
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.markdown import EXERCISE_ID
from looplab.course.reading.parts import ExerciseText
from looplab.errors import ExerciseError

__all__ = ["exercise_faults", "exercise_text_faults"]


def exercise_text_faults(lesson: Lesson) -> Iterator[Fault]:
    """What is wrong with the exercises as the lesson states them."""
    for line, reason in _text_faults(lesson):
        yield Fault(lesson.path, line, reason)


def exercise_faults(lesson: Lesson) -> Iterator[Fault]:
    """What does not fit between the exercises a lesson shows and the checks in its folder.

    The stub must fail its check, the solution must pass, and each planted wrong answer must fail with its own message.
    """
    shown = {exercise.id: exercise for exercise in lesson.exercises}
    try:
        known = {exercise.id: exercise for exercise in exercises_in(lesson.path.parent)}
    except ExerciseError as error:
        yield Fault(lesson.path, _section_line(lesson), str(error))
        return
    for id_, text in shown.items():
        if id_ not in known:
            yield Fault(lesson.path, text.line, f"exercise {id_} has no check: write one in exercises.py beside it")
        elif known[id_].title != text.title:
            reason = f"exercise {id_} is called '{text.title}' here and '{known[id_].title}' where it is checked"
            yield Fault(lesson.path, text.line, reason)
    for id_ in known.keys() - shown.keys():
        yield Fault(lesson.path, _section_line(lesson), f"exercise {id_} has a check but is not in the lesson")
    for id_ in shown.keys() & known.keys():
        yield from _judged(lesson, shown[id_], known[id_])


def _judged(lesson: Lesson, text: ExerciseText, exercise: Exercise) -> Iterator[Fault]:
    assert text.stub is not None
    assert text.solution is not None
    imports = imports_of(fence.source for fence in lesson.cells if fence.line < text.line)
    for reason in contract_faults(exercise, text.stub.source, text.solution.source, imports):
        part = next((part for part in ("stub", "solution") if f"the {part} " in reason), "")
        line = {"stub": text.stub.line, "solution": text.solution.line}.get(part, text.line)
        yield Fault(lesson.path, line, f"exercise {reason}")


def _section_line(lesson: Lesson) -> int:
    return next((heading.line for heading in lesson.headings if heading.text == "Exercises"), 1)


def _text_faults(lesson: Lesson) -> Iterator[tuple[int, str]]:
    section = next((heading.line for heading in lesson.headings if heading.text == "Exercises"), None)
    if section is not None and not 1 <= len(lesson.exercises) <= 4:
        yield section, f"a lesson has one to four exercises ('### {lesson.number}.1 …'); got {len(lesson.exercises)}"
    for position, exercise in enumerate(lesson.exercises, 1):
        expected = f"{lesson.number}.{position}"
        if not re.fullmatch(EXERCISE_ID, exercise.id) or exercise.id != expected:
            yield exercise.line, f"the heading of exercise {position} must begin with '{expected}'; got '{exercise.id}'"
        if not exercise.title:
            yield exercise.line, f"the heading of exercise {exercise.id} has no words after its number"
        if exercise.stub is None:
            yield exercise.line, f"exercise {exercise.id} has no stub: a python fence before '#### Solution'"
        if exercise.solution is None:
            yield exercise.line, f"exercise {exercise.id} has no solution: a python fence under '#### Solution'"
