"""Checks of a lesson's exercises against their registered checks: same ids; stub, solution and mistakes are judged."""

from collections.abc import Iterator

from looplab.course.lessons.faults import Fault
from looplab.course.lessons.lesson import ExerciseText, Lesson

__all__ = ["contract_faults"]


def contract_faults(lesson: Lesson) -> Iterator[Fault]:
    """What is wrong between the exercises that a lesson shows and the checks that looplab knows.

    The stub must fail its check, the solution must pass, and each planted wrong answer must fail with its own message.
    """
    from looplab.course.exercises import list_exercises

    shown = {exercise.id: exercise for exercise in lesson.exercises}
    known = {exercise.id: exercise for exercise in list_exercises(lesson.number)}
    for id_, text in shown.items():
        if id_ not in known:
            yield Fault(lesson.path, text.line, f"exercise {id_} has no check: register it in looplab.course.exercises")
        elif known[id_].title != text.title:
            reason = f"exercise {id_} is called '{text.title}' here and '{known[id_].title}' where it is checked"
            yield Fault(lesson.path, text.line, reason)
    for id_ in known.keys() - shown.keys():
        yield Fault(lesson.path, _section_line(lesson), f"exercise {id_} has a check but is not in the lesson")
    for id_ in shown.keys() & known.keys():
        yield from _judged(lesson, shown[id_])


def _judged(lesson: Lesson, text: ExerciseText) -> Iterator[Fault]:
    from looplab.course.exercises import contract_faults, find_exercise, imports_of

    assert text.stub is not None
    assert text.solution is not None
    imports = imports_of(fence.source for fence in lesson.cells if fence.line < text.line)
    for reason in contract_faults(find_exercise(text.id), text.stub.source, text.solution.source, imports):
        part = next((part for part in ("stub", "solution") if f"the {part} " in reason), "")
        line = {"stub": text.stub.line, "solution": text.solution.line}.get(part, text.line)
        yield Fault(lesson.path, line, f"exercise {reason}")


def _section_line(lesson: Lesson) -> int:
    return next((heading.line for heading in lesson.headings if heading.text == "Exercises"), 1)
