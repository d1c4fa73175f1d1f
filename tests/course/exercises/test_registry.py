import subprocess
import sys
from dataclasses import replace

import pytest

from looplab.course.exercises import Exercise, find_exercise, list_exercises, register
from looplab.errors import ChoiceError, ExerciseError


def test_finds_an_exercise_by_its_id(toy_lesson: None) -> None:
    assert find_exercise("9.9.1").title == "Double it"


@pytest.mark.parametrize("unknown", ["9.9.2", "9.9", "swish", ""])
def test_unknown_id_lists_the_choices(toy_lesson: None, unknown: str) -> None:
    with pytest.raises(ChoiceError) as raised:
        find_exercise(unknown)
    assert str(raised.value).startswith("exercise: expected one of ")
    assert set(raised.value.choices) == {exercise.id for exercise in list_exercises()}


def test_the_nearest_choice_comes_first(toy_lesson: None) -> None:
    with pytest.raises(ChoiceError, match=r"Did you mean '9\.9\.1'\?$"):
        find_exercise("9.9.11")


def test_exercises_are_listed_in_the_order_of_the_course(toy: Exercise) -> None:
    register(replace(toy, id="9.10.1", title="After 9.9"))
    register(replace(toy, id="9.9.2", title="Second"))
    assert [exercise.id for exercise in list_exercises()][-3:] == ["9.9.1", "9.9.2", "9.10.1"]
    assert [exercise.id for exercise in list_exercises("9.9")] == ["9.9.1", "9.9.2"]


def test_a_lesson_without_exercises_has_none() -> None:
    assert list_exercises("7.7") == []


def test_an_id_belongs_to_one_exercise(toy: Exercise) -> None:
    register(toy)
    with pytest.raises(ExerciseError) as raised:
        register(replace(toy, title="Triple it"))
    expected = "exercise 9.9.1 'Triple it': expected an id of its own, got the one of 'Double it'"
    assert str(raised.value) == expected


def test_only_the_lesson_that_is_asked_for_is_imported(toy_lesson: None) -> None:
    code = (
        "import sys; from looplab.course import exercises\n"
        f"exercises.__path__.append({str(__import__('pathlib').Path(__file__).with_name('toy'))!r})\n"
        "exercises.find_exercise('9.9.1')\n"
        "print([name for name in sys.modules if '.lesson_' in name], 'matplotlib' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "['looplab.course.exercises.lesson_9_9'] False"
