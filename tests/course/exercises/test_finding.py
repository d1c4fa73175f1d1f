import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from looplab.course.exercises import find_exercise, list_exercises
from looplab.errors import ChoiceError, ExerciseError


def test_finds_an_exercise_by_its_id(toy_course: Path) -> None:
    assert find_exercise("9.9.1", toy_course).title == "Double it"


@pytest.mark.parametrize("unknown", ["9.9.2", "9.9", "swish", ""])
def test_unknown_id_lists_the_choices(toy_course: Path, unknown: str) -> None:
    with pytest.raises(ChoiceError) as raised:
        find_exercise(unknown, toy_course)
    assert str(raised.value).startswith("exercise: expected one of ")
    assert set(raised.value.choices) == {exercise.id for exercise in list_exercises(course=toy_course)}


def test_the_nearest_choice_comes_first(toy_course: Path) -> None:
    with pytest.raises(ChoiceError, match=r"Did you mean '9\.9\.1'\?$"):
        find_exercise("9.9.11", toy_course)


@pytest.fixture
def growing(toy_course: Path, tmp_path: Path) -> Path:
    """A copy of the course that a test may write into."""
    return Path(shutil.copytree(toy_course, tmp_path / "course"))


def write_exercises(folder: Path, *exercises: tuple[str, str]) -> None:
    """Write a lesson's file with such ids and titles."""
    folder.mkdir(parents=True, exist_ok=True)
    made = [
        f"Exercise(id={id_!r}, title={title!r}, answer='f', check=print, wrong=(Planted(source='', message=''),))"
        for id_, title in exercises
    ]
    code = f"from looplab.course.exercises import Exercise, Planted\nEXERCISES = [{', '.join(made)}]\n"
    (folder / "exercises.py").write_text(code)


def test_exercises_are_listed_in_the_order_of_the_course(growing: Path) -> None:
    write_exercises(growing / "9-toys" / "9.10-late", ("9.10.1", "After 9.9"))
    write_exercises(growing / "9-toys" / "9.9-doubling", ("9.9.2", "Second"), ("9.9.1", "First"))
    assert [exercise.id for exercise in list_exercises(course=growing)] == ["9.9.1", "9.9.2", "9.10.1"]
    assert [exercise.id for exercise in list_exercises("9.9", growing)] == ["9.9.1", "9.9.2"]


def test_a_lesson_without_exercises_has_none() -> None:
    assert list_exercises("7.7") == []


def test_an_id_belongs_to_one_exercise(growing: Path) -> None:
    write_exercises(growing / "9-toys" / "9.9-doubling", ("9.9.1", "Double it"), ("9.9.1", "Triple it"))
    with pytest.raises(ExerciseError) as raised:
        find_exercise("9.9.1", growing)
    expected = "exercise 9.9.1 'Triple it': expected an id of its own, got the one of 'Double it'"
    assert str(raised.value) == expected


def test_an_id_begins_with_the_number_of_its_lesson(growing: Path) -> None:
    write_exercises(growing / "9-toys" / "9.9-doubling", ("9.8.1", "Double it"))
    with pytest.raises(
        ExerciseError, match=r"'Double it': expected an id that begins with .* number 9\.9, got 9\.8\.1"
    ):
        list_exercises("9.9", growing)


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("1 / 0", "exercises.py raises ZeroDivisionError: division by zero"),
        ("x = 1", "exercises.py: expected a tuple of exercises, got None"),
        ("EXERCISES = ['double']", "exercises.py: expected a tuple of exercises, got ['double']"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(growing: Path, code: str, told: str) -> None:
    path = growing / "9-toys" / "9.9-doubling" / "exercises.py"
    path.write_text(code)
    with pytest.raises(ExerciseError) as raised:
        find_exercise("9.9.1", growing)
    assert str(raised.value).endswith(told)
    assert str(path) in str(raised.value)


def test_only_the_lesson_that_is_asked_for_is_imported(growing: Path) -> None:
    write_exercises(growing / "9-toys" / "9.10-late", ("9.10.1", "After 9.9"))
    code = (
        "import sys; from pathlib import Path; from looplab.course.exercises import find_exercise\n"
        f"find_exercise('9.9.1', Path({str(growing)!r}))\n"
        "print([name for name in sys.modules if name.endswith('.exercises')], 'matplotlib' in sys.modules)\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.count("looplab_content_") == 1
    assert ran.stdout.endswith("False\n")
