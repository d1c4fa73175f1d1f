"""What the learner has done, as the first page gets it."""

from collections.abc import Callable
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest

from looplab.course.answers.progress import Progress, record
from looplab.course.reading import list_lessons
from looplab.course.serve.learner_progress import progress_by_lesson

from .conftest import Answer, Server

PASSED = Progress(attempts=2, passed=datetime(2026, 1, 1, tzinfo=UTC))
TRIED = Progress(attempts=2, passed=None)
ANSWERED = Progress(attempts=2, passed=None, answers=("C", "A"))


def told_by(answer: Answer) -> dict[str, Any]:
    told = answer.json()
    assert isinstance(told, dict)
    return told


def test_nothing_is_done_at_first(made_up_course: Path) -> None:
    assert progress_by_lesson(list_lessons(made_up_course), {}) == {
        "lessons": {"9.1": "0 of 1 exercise", "9.2": "0 of 1 exercise, 0 of 10 quiz questions"},
        "course": "You have passed 0 of 2 exercises.",
        "passed": [],
        "answers": {},
    }


def test_what_is_passed_counts_and_what_is_tried_does_not(made_up_course: Path) -> None:
    known = {"9.1.1": PASSED, "9.2.Q1": PASSED, "9.2.Q2": ANSWERED, "9.2.1": TRIED, "8.1.1": PASSED}
    assert progress_by_lesson(list_lessons(made_up_course), known) == {
        "lessons": {"9.1": "✓ Done: 1 of 1 exercise", "9.2": "0 of 1 exercise, 1 of 10 quiz questions"},
        "course": "You have passed 1 of 2 exercises.",
        "passed": ["9.1.1", "9.2.Q1"],
        "answers": {"9.2.Q2": ["C", "A"]},
    }


def test_a_lesson_that_is_done_says_so_in_words_and_with_a_sign(made_up_course: Path) -> None:
    known = dict.fromkeys(["9.1.1", "9.2.1", *(f"9.2.Q{position}" for position in range(1, 11))], PASSED)
    told = progress_by_lesson(list_lessons(made_up_course), known)["lessons"]
    assert told == {"9.1": "✓ Done: 1 of 1 exercise", "9.2": "✓ Done: 1 of 1 exercise, 10 of 10 quiz questions"}


def test_a_course_without_exercises_has_nothing_to_tell() -> None:
    assert progress_by_lesson([], {"9.1.1": PASSED}) == {
        "lessons": {},
        "course": "",
        "passed": [],
        "answers": {},
    }


def test_the_server_tells_it_as_it_is_now(
    start: Callable[..., Server], lesson_text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start()
    (server.course / "1-one/1.5-doing").mkdir()
    (server.course / "1-one/1.5-doing/lesson.md").write_text(lesson_text.replace("9.1", "1.5"))
    monkeypatch.setenv("LOOPLAB_HOME", str(server.home))
    before = server.ask("/looplab/done", server.key)
    assert before.status == HTTPStatus.OK
    assert before.headers["cache-control"] == "no-store"
    told = told_by(before)
    xsrf = {"xsrf": told["xsrf"]}
    assert told == {
        "lessons": {"1.5": "0 of 1 exercise"},
        "course": "You have passed 0 of 1 exercises.",
        "passed": [],
        "answers": {},
        "next": None,
        **xsrf,
    }
    assert record("1.5.1", passed=False) == ""
    here = {"number": "1.5", "title": "Doubling", "page": "1-one/1.5-doing.html"}
    tried = told_by(server.ask("/looplab/done", server.key))
    assert tried | xsrf == told | {"next": here}
    assert record("1.5.1", passed=True) == ""
    after = told_by(server.ask("/looplab/done", server.key))
    assert (after["lessons"], after["passed"]) == ({"1.5": "✓ Done: 1 of 1 exercise"}, ["1.5.1"])
    assert after["course"] == "You have passed 1 of 1 exercises."
    assert after["next"] is None
    (server.home / "progress.json").write_text("{")
    again = told_by(server.ask("/looplab/done", server.key))
    assert again | xsrf == told
    server.stop()
