"""Where a learner goes on."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from looplab.course.answers.progress import Progress
from looplab.course.reading import list_lessons
from looplab.course.serve.next_lesson import next_lesson

PASSED = Progress(attempts=2, passed=datetime(2026, 1, 1, tzinfo=UTC))
TRIED = Progress(attempts=2, passed=None)
FIRST = {"number": "9.1", "title": "Doubling", "page": "9-arithmetic/9.1-doubling.html"}
SECOND = {"number": "9.2", "title": "Halving", "page": "9-arithmetic/9.2-halving.html"}


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, None),
        ({"8.1.1": PASSED}, None),
        ({"9.1.1": Progress(attempts=0, passed=None)}, None),
        ({"9.1.1": TRIED}, FIRST),
        ({"9.1.Q1": TRIED}, FIRST),
        ({"9.1.1": PASSED}, SECOND),
        ({"9.1.1": PASSED, "9.2.1": TRIED}, SECOND),
        ({"9.2.1": TRIED}, SECOND),
        ({"9.1.1": PASSED, "9.2.1": PASSED}, None),
    ],
)
def test_it_is_the_last_lesson_begun_or_the_one_that_follows(
    made_up_course: Path, quiz_text: str, known: dict[str, Progress], expected: dict[str, str] | None
) -> None:
    with (made_up_course / "9-arithmetic/9.1-doubling/lesson.md").open("a") as file:
        file.write(quiz_text)
    assert next_lesson(list_lessons(made_up_course), known) == expected
