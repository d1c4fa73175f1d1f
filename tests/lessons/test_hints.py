"""The hints of the course's exercises: three steps that differ, none of which is the solution."""

import re

import pytest

from looplab.course.reading import ExerciseText, list_lessons

EXERCISES = {exercise.id: exercise for lesson in list_lessons() for exercise in lesson.exercises}
BEGINNING = re.compile(r"^(return|\w+( \w+)* =)\s*")
NOT_THE_ANSWER = ("import ", "from ", "#", '"""', "def ", "class ", ")", "]")


def written(exercise: ExerciseText) -> set[str]:
    """What the solution has and the stub has not: its lines, without the names that they give to results."""
    assert exercise.stub is not None
    assert exercise.solution is not None
    given = {line.strip() for line in exercise.stub.source.splitlines()}
    lines = (line.partition("  #")[0].strip() for line in exercise.solution.source.splitlines())
    return {BEGINNING.sub("", line) for line in lines if line not in given and not line.startswith(NOT_THE_ANSWER)}


@pytest.mark.parametrize("id_", EXERCISES)
def test_no_hint_is_the_solution(id_: str) -> None:
    exercise = EXERCISES[id_]
    assert exercise.hints is not None
    lines = written(exercise)
    assert lines
    for hint in exercise.hints.items:
        assert any(line not in hint for line in lines), hint


def test_hints_are_steps_of_their_own() -> None:
    for id_, exercise in EXERCISES.items():
        assert exercise.hints is not None
        assert len(set(exercise.hints.items)) == 3, id_
        assert all(8 <= len(hint.split()) <= 75 for hint in exercise.hints.items), id_
