"""Checklists and quizzes: how they are read, and every fault with its line and its words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.reading import Lesson, find_lesson

WithLesson = Callable[[str], Path]


@pytest.fixture
def lesson(lesson_text: str, quiz_text: str, with_lesson: WithLesson) -> Lesson:
    """Lesson 9.1 with checklist and quiz."""
    return find_lesson("9.1", with_lesson(lesson_text + quiz_text))


def test_a_checklist_is_read(lesson: Lesson) -> None:
    (checklist,) = lesson.checklists
    assert [(task.text, task.mark) for task in checklist.tasks] == [
        ("I can double `x`, as in [demonstration](#demonstrations).", " "),
        ("I can [halve](../9.2-halving/lesson.md) what is $2x$.", " "),
    ]
    assert [lesson.lines[task.line - 1][:6] for task in checklist.tasks] == ["- [ ] "] * 2
    assert lesson.lines[checklist.end - 2 : checklist.end] == ["  what is $2x$.", ""]


def test_a_quiz_is_read(lesson: Lesson) -> None:
    assert [question.id for question in lesson.quiz] == [f"9.1.Q{position}" for position in range(1, 11)]
    question = lesson.quiz[1]
    assert (question.text, question.body) == ("What is twice 2?", "Take `double`.")
    assert [(letter, option.text, option.right) for letter, option in question.lettered] == [
        ("A", "`5` is it", False),
        ("B", "It is $4$", True),
        ("C", "`6` is it", False),
    ]
    assert question.options[1].reason == "It says It is $4$, see [halving](../9.2-halving/lesson.md)."
    assert lesson.lines[question.line - 1] == "### 9.1.Q2 What is twice 2?"
    assert lesson.lines[question.options[0].line - 1] == "- [ ] `5` is it"
    assert [place for place, line in enumerate(lesson.lines, 1) if "### 9.1.Q3" in line] == [question.end + 1]


def test_a_good_quiz_is_no_fault(lesson: Lesson) -> None:
    assert check_course(["9.1"], run=False, folder=lesson.path.parents[2]) == []


Q2 = "- [ ] `5` is it\n  - It says `5` is it, see [halving](../9.2-halving/lesson.md).\n"
# what is replaced, by what, the line that the fault names, what the fault says
CASES = {
    "too few": (
        "### 9.1.Q10 ",
        "#### 9.1.Q10 ",
        "## Quiz",
        "a quiz has at least 10 questions ('### 9.1.Q1 …?'); got 9",
    ),
    "another number": ("### 9.1.Q2", "### 9.1.Q3", "### 9.1.Q3", "question 2 must begin with '9.1.Q2'; got '9.1.Q3'"),
    "no question": (
        "twice 2?",
        "twice 2.",
        "### 9.1.Q2",
        "9.1.Q2 is no question: its heading ends with a",
    ),
    "two options": (Q2, "", "### 9.1.Q2", "question 9.1.Q2 has 2 options; expected 3 to 5 options"),
    "no right option": ("[x] It is $4$", "[ ] It is $4$", "### 9.1.Q2", "question 9.1.Q2 has 0 right options"),
    "two right options": (
        "[ ] `5` is",
        "[x] `5` is",
        "### 9.1.Q2",
        "question 9.1.Q2 has 2 right options",
    ),
    "no task item": (
        "- [ ] `5` is",
        "- `5` is",
        "- `5` is",
        "an option of question 9.1.Q2 is not a task item: begin it",
    ),
    "unknown mark": ("- [ ] `5` is", "- [?] `5` is", "- [?] `5`", "is marked '[?]': write '[x]' when it is right"),
    "empty option": ("- [ ] `5` is it", "- [ ]", "- [ ]\n", "an option of question 9.1.Q2 is empty"),
    "no reason": (
        Q2,
        Q2.split("\n", 1)[0] + "\n",
        "- [ ] `5`",
        "an option of question 9.1.Q2 has no reason: write one as",
    ),
    "two reasons": (Q2, f"{Q2}  - And more.\n", "- [ ] `5`", "an option of question 9.1.Q2 has 2 reasons"),
    "equal reasons": (
        "It says It is $4$",
        "It says `5` is it",
        "- [ ] `5`",
        "two options of question 9.1.Q2",
    ),
    "text below": (
        "\n### 9.1.Q3",
        "\nMore.\n\n### 9.1.Q3",
        "More.",
        "something follows the options of question",
    ),
    "code that runs": ("Take `double`.", "```python\nx = 1\n```", "```python\nx = 1", "a python fence runs: write py"),
    "HTML": ("- [ ] `5` is it", "- [ ] 5<br>is it", "- [ ] 5<br>", "HTML is not allowed: <br>"),
    "link": (
        "$4$, see [halving](../9.2-halving/lesson.md)",
        "$4$, see [halving](no.md)",
        "  - It says It is $4$",
        "'no.md'",
    ),
    "empty checklist": ("- [ ] I can", "I can", "## Checklist", "the checklist has no items: write a list of '- [ ] I"),
    "ticked": ("- [ ] I can double", "- [x] I can double", "- [x] I can", "an item of the checklist is ticked already"),
    "no mark": ("- [ ] I can double", "- I can double", "- I can", "an item of the checklist is not a task item"),
    "no link": (", as in [demonstration](#demonstrations)", "", "- [ ] I can double", "links to no lesson"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_fault_is_told_with_its_line(case: str, lesson_text: str, quiz_text: str, with_lesson: WithLesson) -> None:
    old, new, place, message = CASES[case]
    assert old in quiz_text
    times = -1 if case == "empty checklist" else 1
    changed = quiz_text.replace(old, new, times)
    assert changed != quiz_text
    text = lesson_text + changed
    start = len(lesson_text) + changed.index(place)
    folder = with_lesson(text)
    faults = [f"{fault.line}: {fault.reason}" for fault in check_course(["9.1"], run=False, folder=folder)]
    line = text[:start].count("\n") + 1
    assert any(fault.startswith(f"{line}: ") and message in fault for fault in faults), (line, faults)


def test_right_answers_that_all_stand_at_one_letter(lesson_text: str, quiz_text: str, with_lesson: WithLesson) -> None:
    heads, *questions = quiz_text.split("\n### ")
    swapped = []
    for question in questions:
        head, *options = question.split("- [")
        options.sort(key=lambda option: not option.startswith("x"))
        swapped.append("- [".join([head, *options]))
    folder = with_lesson(lesson_text + "\n### ".join([heads, *swapped]))
    (fault,) = check_course(["9.1"], run=False, folder=folder)
    assert fault.reason == (
        "10 of 10 right answers stand at A: spread them over the letters, or the quiz is passed without reading"
    )
