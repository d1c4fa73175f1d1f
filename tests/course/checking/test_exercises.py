"""Exercises and what checks them: both there, under one name, and judged as they should be."""

from pathlib import Path

from looplab.course.checking import check_course
from looplab.course.reading import find_lesson

EXERCISES = """
from looplab.course.exercises import Exercise, Planted

WRONG = (Planted(source="triple = 1 / 0", message="ZeroDivisionError"),)
EXERCISES = [
    Exercise(id="9.1.1", title="Treble it", answer="triple", check=lambda answer: None, wrong=WRONG),
    Exercise(id="9.1.2", title="More", answer="more", check=lambda answer: None, wrong=WRONG),
]
"""


def test_the_exercises_of_a_lesson_must_have_checks(kept_course: Path, kept_cache: Path) -> None:
    (fault,) = check_course(["9.1"], folder=kept_course, cache=kept_cache)
    assert fault.reason == "exercise 9.1.1 has no check: write one in exercises.py beside it"
    assert find_lesson("9.1", kept_course).lines[fault.line - 1] == "### 9.1.1 Triple it"


def test_an_exercise_that_has_a_check_must_be_in_the_lesson_under_its_own_name(
    made_up_course: Path, kept_cache: Path
) -> None:
    (made_up_course / "9-arithmetic/9.1-doubling/exercises.py").write_text(EXERCISES)
    faults = check_course(["9.1"], folder=made_up_course, cache=kept_cache)
    lines = find_lesson("9.1", made_up_course).lines
    assert [(lines[fault.line - 1], fault.reason) for fault in faults] == [
        ("## Exercises", "exercise 9.1.2 has a check but is not in the lesson"),
        ("### 9.1.1 Triple it", "exercise 9.1.1 is called 'Triple it' here and 'Treble it' where it is checked"),
        ("```python", "exercise 9.1.1: the stub passes the check"),
    ]


def test_exercises_that_cannot_be_loaded_are_a_fault(made_up_course: Path, kept_cache: Path) -> None:
    (made_up_course / "9-arithmetic/9.1-doubling/exercises.py").write_text("1 / 0\n")
    (fault,) = check_course(["9.1"], folder=made_up_course, cache=kept_cache)
    assert fault.reason.endswith("exercises.py raises ZeroDivisionError: division by zero")
    assert find_lesson("9.1", made_up_course).lines[fault.line - 1] == "## Exercises"
