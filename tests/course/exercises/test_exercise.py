from collections.abc import Callable
from typing import Any

import pytest

from looplab.course.exercises import Exercise, Planted, Verdict
from looplab.errors import ExerciseError

PLANTED = (Planted(source="f = 1", message="wrong"),)


def make(**fields: Any) -> Exercise:
    accept: Callable[[Any], None] = lambda answer: None  # noqa: E731 - a check that takes everything
    defaults = {"id": "1.2.3", "title": "T", "answer": "f", "check": accept, "wrong": PLANTED}
    return Exercise(**{**defaults, **fields})


def test_lesson_is_the_id_without_its_last_number() -> None:
    assert make(id="3.10.2").lesson == "3.10"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"id": "2.4"}, "id of an exercise: expected lesson and number such as '2.4.3', got '2.4'."),
        ({"answer": "a b"}, "answer of exercise 1.2.3: expected a Python name, got 'a b'"),
        ({"wrong": ()}, "wrong of exercise 1.2.3: expected at least one planted wrong answer, got none."),
        ({"time_limit_seconds": 0.0}, "time_limit_seconds of exercise 1.2.3: expected a number above 0, got 0.0"),
    ],
)
def test_impossible_exercise_is_refused(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ExerciseError) as raised:
        make(**fields)
    assert str(raised.value).startswith(message)


def test_verdict_is_true_when_passed() -> None:
    assert Verdict(exercise="1.2.3", passed=True, message="right")
    assert not Verdict(exercise="1.2.3", passed=False, message="wrong")


def test_verdict_shows_message_and_printing() -> None:
    verdict = Verdict(exercise="1.2.3", passed=False, message="no.", printed="a\nb\n")
    assert repr(verdict) == "✗ no.\nYour code printed:\na\nb"


def test_markdown_escapes_marks_so_that_the_message_reads_as_it_is() -> None:
    verdict = Verdict(exercise="1.2.3", passed=True, message="w_1 * <b> `x` $a$", printed="<i>\n")
    shown = verdict._repr_markdown_()
    assert shown == "**✓** w\\_1 \\* \\<b\\> \\`x\\` \\$a\\$\n\nYour code printed:\n\n    <i>"
