"""How long a first reading takes, what counts in it, and that a lesson says no less."""

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.reading import list_lessons
from looplab.course.reading.markdown import parse
from looplab.course.reading.minutes import IN_DEPTH, in_depth_headings, in_depth_minutes, reading_minutes

WithLesson = Callable[[str], Path]
FRONT = '---\nlesson: "9.1"\nminutes: 5\n---\n\n'
WORDS = " ".join(["word"] * 179) + "\n"
CODE = "```python\n" + "\n".join(f"x{line} = {line}\n" for line in range(12)) + "```\n"


def minutes(text: str) -> float:
    return reading_minutes(parse(FRONT + text, Path("9.1-toy/lesson.md")))


def depth(text: str) -> float:
    return in_depth_minutes(parse(FRONT + text, Path("9.1-toy/lesson.md")))


def test_180_words_or_12_lines_that_run_are_a_minute() -> None:
    assert minutes("## Introduction\n\n" + WORDS) == 1
    assert minutes("## Introduction\n\n" + CODE) == pytest.approx(1 + 1 / 180)
    assert minutes("## Introduction\n\n```bash\nuv pip install looplab\n```\n") == pytest.approx(1 / 180)


def test_marks_and_signs_are_no_words() -> None:
    assert minutes("## A\n\n- [ ] one – two · $=$ | three |\n") == pytest.approx(4 / 180)


def test_what_a_figure_and_a_claim_say_is_read() -> None:
    drawn = "```python\n# caption: One two.\n# alt: Three\n#   four.\nx = 1\n```\n"
    assert minutes("## A\n\n" + drawn) == pytest.approx(5 / 180 + 1 / 12)
    assert minutes("## A\n\n```{claim} it-holds\nOne two three.\n```\n") == pytest.approx(4 / 180)


@pytest.mark.parametrize("section", ["In depth", "What learners ask", "Exercises", "Checklist", "Quiz"])
def test_sections_of_another_day_are_not_counted(section: str) -> None:
    text = f"## Introduction\n\n{WORDS}\n## {section}\n\n{WORDS}{CODE}\n### More\n\n{WORDS}\n## Summary\n\n{WORDS}"
    assert minutes(text) == pytest.approx(2, abs=0.02)
    assert (depth(text) > 2) == (section == "In depth")


def test_a_subsection_that_is_marked_is_in_depth_to_its_end() -> None:
    two = f"### Two\n\n{IN_DEPTH}\n\n{WORDS}\n#### Of two\n\n{CODE}"
    text = f"## Demonstrations\n\n### One\n\n{WORDS}\n{two}\n### Three\n\n{WORDS}"
    lesson = parse(FRONT + text, Path("9.1-toy/lesson.md"))
    assert [heading.text for heading in in_depth_headings(lesson)] == ["Two"]
    assert reading_minutes(lesson) == pytest.approx(2, abs=0.05)
    assert in_depth_minutes(lesson) == pytest.approx(2, abs=0.1)


def test_a_mark_further_down_marks_nothing() -> None:
    text = f"## Demonstrations\n\n### One\n\n{WORDS}\n{IN_DEPTH}\n\n{WORDS}"
    assert minutes(text) == pytest.approx(2, abs=0.1)


def test_a_lesson_that_says_less_than_it_takes_is_refused(lesson_text: str, with_lesson: WithLesson) -> None:
    long = "".join(f"Sentence number {number}.\n" for number in range(400))
    folder = with_lesson(lesson_text.replace("## ELI5\n", f"## ELI5\n\n{long}"))
    (fault,) = [str(fault) for fault in check_course(run=False, folder=folder) if "'minutes'" in str(fault)]
    assert "lesson.md:6: 'minutes' says 5, and a first reading takes " in fault
    assert IN_DEPTH in fault


@pytest.mark.checkout
@pytest.mark.parametrize("number", [lesson.number for lesson in list_lessons()])
def test_a_first_reading_of_our_lessons_takes_25_minutes_at_most(number: str) -> None:
    lesson = next(lesson for lesson in list_lessons() if lesson.number == number)
    assert math.ceil(reading_minutes(lesson)) <= lesson.minutes <= 25


@pytest.mark.checkout
@pytest.mark.parametrize("number", [lesson.number for lesson in list_lessons()])
def test_our_lessons_begin_with_a_figure_and_a_prediction(number: str) -> None:
    lesson = next(lesson for lesson in list_lessons() if lesson.number == number)
    (prediction,) = lesson.predictions
    assert prediction.id == f"{number}.P"
    if number != "1.6":  # a recap of figures that were there
        introduction = next(heading.line for heading in lesson.headings if heading.text == "Introduction")
        words = " ".join(lesson.lines[introduction : lesson.live[0].fence.line - 1]).split()
        assert lesson.live[0].fence.line < prediction.line
        assert len(words) < 90, "the figure stands above the fold"
