"""How exercises stand in a lesson: three hints each, all solutions at the end; what is missing or misplaced is told."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.reading import find_lesson

WithLesson = Callable[[str], Path]

STUB = "```python\ndef triple(x: float) -> float:\n    raise NotImplementedError\n```\n"
HINTS = (
    "#### Hints\n\n1. Look at `double` in [the demonstration](#demonstrations).\n"
    "2. To triple is to *add twice more*:\n\n   $x + 2x$.\n3. Return the product of a number and `x`.\n"
)
SOLUTION = "#### Solution 9.1.1\n\n```python\ndef triple(x: float) -> float:\n    return 3 * x\n```\n"
SECOND = (
    "### 9.1.2 Halve it\n\n```python\ndef halve(x: float) -> float:\n    raise NotImplementedError\n```\n\n"
    "#### Hints\n\n1. a\n2. b\n3. c\n\n"
)
SECOND_SOLUTION = "#### Solution 9.1.2\n\n```python\ndef halve(x: float) -> float:\n    return x / 2\n```\n\n"

THREE = "a list of three, '1. …' to '3. …': where to look, the idea, nearly the line"
HEADED = "each solution has the heading '#### Solution 9.1.1', with its exercise's number"


def faults_of(folder: Path) -> list[str]:
    """The faults of lesson 9.1, as `line: reason`."""
    return [f"{fault.line}: {fault.reason}" for fault in check_course(["9.1"], run=False, folder=folder)]


def line_of(place: str, text: str) -> int:
    return text[: text.index(place)].count("\n") + 1


# what is replaced, by what, a piece of the line that the fault names, the whole fault
CASES = {
    "no hints": (
        HINTS,
        "",
        "### 9.1.1",
        f"exercise 9.1.1 has no hints: write '#### Hints' below its stub, and {THREE}",
    ),
    "no list": (
        HINTS,
        "#### Hints\n\n",
        "#### Hints",
        f"exercise 9.1.1 has 0 hints; expected {THREE}",
    ),
    "a list without numbers": (
        HINTS,
        "#### Hints\n\n- a\n- b\n- c\n",
        "#### Hints",
        f"exercise 9.1.1 has 0 hints; expected {THREE}",
    ),
    "two hints": (
        "3. Return the product of a number and `x`.\n",
        "",
        "#### Hints",
        f"exercise 9.1.1 has 2 hints; expected {THREE}",
    ),
    "four hints": (
        "and `x`.\n",
        "and `x`.\n4. It is 3.\n",
        "#### Hints",
        f"exercise 9.1.1 has 4 hints; expected {THREE}",
    ),
    "an empty hint": (
        "3. Return the product of a number and `x`.\n",
        "3.\n",
        "3.\n",
        "hint 3 of exercise 9.1.1 is empty: it gives nearly the line",
    ),
    "text after the hints": (
        "### Solutions",
        "Good luck.\n\n### Solutions",
        "Good luck",
        "something follows the hints of exercise 9.1.1: put it before them, or to the solution",
    ),
    "hints twice": (
        "### Solutions",
        "#### Hints\n\n1. a\n2. b\n3. c\n\n### Solutions",
        "#### Hints\n\n1. a",
        "exercise 9.1.1 has hints already, in line {0}",
    ),
    "a stub below the hints": (
        f"{STUB}\n{HINTS}",
        f"{HINTS}\n{STUB}",
        "### 9.1.1",
        "exercise 9.1.1 has no stub: a python fence before '#### Hints'",
    ),
    "a solution beside its stub": (
        "### Solutions",
        "#### Solution\n\nIt is 3.\n\n### Solutions",
        "#### Solution\n",
        "a solution beside its stub, on the same screen: move it below '### Solutions', as '#### Solution 9.1.1'",
    ),
    "another heading in an exercise": (
        "### Solutions",
        "#### More\n\n### Solutions",
        "#### More",
        "'#### More' is no part of an exercise: it has a text, a stub and '#### Hints'",
    ),
    "no solutions": (
        f"### Solutions\n\n{SOLUTION}",
        "",
        "## Exercises",
        "no solutions: write '### Solutions' at the end of the section, and below it '#### Solution 9.1.1'",
    ),
    "no solution": (
        SOLUTION,
        "",
        "### 9.1.1",
        "exercise 9.1.1 has no solution: write '#### Solution 9.1.1' below '### Solutions'",
    ),
    "a solution without code": (
        SOLUTION,
        "#### Solution 9.1.1\n\nThree.\n",
        "#### Solution",
        "the solution of exercise 9.1.1 has no python fence",
    ),
    "a solution without its number": (
        "#### Solution 9.1.1",
        "#### Solution",
        "#### Solution\n",
        f"'#### Solution' below '### Solutions': {HEADED}",
    ),
    "a solution of nothing": (
        SOLUTION,
        f"{SOLUTION}\n#### Solution 9.1.7\n",
        "#### Solution 9.1.7",
        "'#### Solution 9.1.7' belongs to no exercise of this lesson",
    ),
    "a solution twice": (
        SOLUTION,
        f"{SOLUTION}\n#### Solution 9.1.1\n\nAgain.\n",
        "#### Solution 9.1.1\n\nAgain",
        "exercise 9.1.1 has a solution already, in line {1}",
    ),
    "solutions twice": (
        SOLUTION,
        f"{SOLUTION}\n### Solutions\n",
        "### Solutions\n\nNotice",
        "a second '### Solutions': all solutions stand together, below the one in line {2}",
    ),
    "an exercise below the solutions": (
        SOLUTION,
        f"{SOLUTION}\n{SECOND}",
        "### 9.1.2",
        "exercise 9.1.2 stands below '### Solutions': put it before them",
    ),
    "code of no solution": (
        "### Solutions\n",
        "### Solutions\n\n```python\nx = 1\n```\n",
        "```python\nx = 1",
        "code below '### Solutions' belongs to no solution: put it below its '#### Solution …'",
    ),
    "solutions out of order": (
        f"### Solutions\n\n{SOLUTION}",
        f"{SECOND}### Solutions\n\n{SECOND_SOLUTION}{SOLUTION}",
        "#### Solution 9.1.2",
        "the solution of 9.1.2 is misplaced: it stands before that of 9.1.1",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_with_its_line(case: str, lesson_text: str, with_lesson: WithLesson) -> None:
    old, new, place, message = CASES[case]
    assert old in lesson_text
    text = lesson_text.replace(old, new, 1)
    other_lines = [text.find(each) for each in ("#### Hints", "#### Solution 9.1.1", "### Solutions")]
    told = message.format(*(text[: max(place, 0)].count("\n") + 1 for place in other_lines))
    assert f"{line_of(place, text)}: {told}" in faults_of(with_lesson(text))


def test_two_exercises_with_their_solutions_in_order_have_no_fault(lesson_text: str, with_lesson: WithLesson) -> None:
    text = lesson_text.replace("### Solutions", f"{SECOND}### Solutions").replace(
        "## Summary", f"{SECOND_SOLUTION}## Summary"
    )
    assert faults_of(with_lesson(text)) == []


def test_one_missing_piece_is_one_fault(lesson_text: str, with_lesson: WithLesson) -> None:
    for old in (HINTS, STUB, SOLUTION, f"### Solutions\n\n{SOLUTION}\nNotice that it is more.\n"):
        assert len(faults_of(with_lesson(lesson_text.replace(old, "", 1)))) == 1


def test_an_old_lesson_is_told_every_step_to_the_new_form(lesson_text: str, with_lesson: WithLesson) -> None:
    text = lesson_text.replace(HINTS, "").replace(f"### Solutions\n\n{SOLUTION}", SOLUTION.replace(" 9.1.1", ""))
    assert [re.sub(r"^\d+: ", "", fault) for fault in faults_of(with_lesson(text))] == [
        "no solutions: write '### Solutions' at the end of the section, and below it '#### Solution 9.1.1'",
        f"exercise 9.1.1 has no hints: write '#### Hints' below its stub, and {THREE}",
        "a solution beside its stub, on the same screen: move it below '### Solutions', as '#### Solution 9.1.1'",
    ]


def test_hints_are_checked_like_any_text(lesson_text: str, with_lesson: WithLesson) -> None:
    text = lesson_text.replace("[the demonstration](#demonstrations)", "[it](#nowhere), <b>bold</b>")
    assert [re.sub(r"^\d+: ", "", fault) for fault in faults_of(with_lesson(text))] == [
        "HTML is not allowed: <b>",
        "the link '#nowhere' leads to a heading that does not exist",
    ]


def test_hints_and_solutions_are_read(kept_course: Path) -> None:
    lesson = find_lesson("9.1", kept_course)
    (exercise,) = lesson.exercises
    assert exercise.hints is not None
    assert exercise.hints.items == (
        "Look at `double` in [the demonstration](#demonstrations).",
        "To triple is to *add twice more*:\n\n$x + 2x$.",
        "Return the product of a number and `x`.",
    )
    assert [lesson.lines[line - 1][:2] for line in exercise.hints.item_lines] == ["1.", "2.", "3."]
    assert lesson.lines[exercise.hints.line - 1] == "#### Hints"
    assert lesson.lines[exercise.hints.end - 1].startswith("3.")
    assert lesson.lines[exercise.solution_line - 1] == "#### Solution 9.1.1"
