"""Checks that run exercises: stub, solution and planted mistakes get the right verdicts."""

from collections.abc import Iterator

from looplab.course.answers.contract import contract_faults
from looplab.course.exercises import Exercise, exercises_in
from looplab.course.reading.faults import Fault
from looplab.course.reading.imports import imports_of
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import ExerciseText
from looplab.errors import ExerciseError

__all__ = ["exercise_faults"]


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
