"""Answers to the questions of a quiz: the verdict with its reason, and a sentence for what is no answer."""

from pathlib import Path

import pytest

from looplab.course import check
from looplab.course.answers import print_progress, read_progress
from looplab.errors import ChoiceError


@pytest.fixture
def course(made_up_course: Path) -> Path:
    """The made-up course, whose lesson 9.2 has a quiz."""
    return made_up_course


@pytest.mark.parametrize("letter", ["B", "b", " b. "])
@pytest.mark.parametrize("id_", ["9.2.Q2", "9.2.q2", "9.2.Q02"])
def test_the_right_letter(course: Path, id_: str, letter: str) -> None:
    verdict = check(id_, letter, course=course)
    assert verdict
    assert str(verdict) == "✓ 9.2.Q2: B is right. It says It is $4$, see halving."
    entry = read_progress()["9.2.Q2"]
    assert (entry.attempts, entry.passed is None) == (1, False)


def test_a_wrong_letter_is_told_its_own_reason_and_counted(course: Path) -> None:
    assert str(check("9.2.Q2", "A", course=course)) == "✗ 9.2.Q2: A is not the one. It says `5` is it, see halving."
    assert str(check("9.2.Q2", "C", course=course)) == "✗ 9.2.Q2: C is not the one. It says `6` is it, see halving."
    assert read_progress()["9.2.Q2"].attempts == 2
    assert read_progress()["9.2.Q2"].passed is None


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("", "there is no answer yet"),
        (None, "there is no answer yet"),
        (..., "there is no answer yet"),
        ("D", "'D' is none of the options"),
        ("AB", "'AB' is none of the options"),
        (2, "2 is none of the options"),
        (["A"], "a list is none of the options"),
        ("x" * 10_000, f"'{'x' * 39}… is none of the options"),
    ],
)
def test_what_is_no_answer_is_told_and_not_counted(course: Path, answer: object, told: str) -> None:
    verdict = check("9.2.Q2", answer, course=course)
    assert not verdict
    assert verdict.message == f"9.2.Q2: {told}. Give the letter of one option: A, B or C, in quotation marks."
    assert read_progress() == {}


def test_an_unknown_question_lists_those_there_are(course: Path) -> None:
    with pytest.raises(
        ChoiceError, match=r"question: expected one of 9\.2\.Q1 \(What is twice 1\?\), .*got '9\.2\.Q11'"
    ):
        check("9.2.Q11", "A", course=course)
    with pytest.raises(ChoiceError, match=r"question: expected one of 9\.2\.Q.*got '9\.7\.Q1'"):
        check("9.7.Q1", "A", course=course)


def test_the_table_counts_the_questions_that_are_right(course: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for answer in "AB":
        check("9.2.Q1", answer, course=course)
        check("9.2.Q2", answer, course=course)
        check("9.2.Q3", answer, course=course)
    print_progress(course)
    (row,) = [line for line in capsys.readouterr().out.splitlines() if "quiz" in line]
    assert [cell.strip() for cell in row.strip("│").split("│")] == ["9.2", "Quiz", "quiz 2 of 10", "6"]
