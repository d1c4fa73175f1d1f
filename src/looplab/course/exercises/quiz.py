"""Checking the answer to a question of a quiz: the question stands in its lesson, not in a module of checks."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

from looplab.course.exercises.exercise import Verdict
from looplab.errors import ChoiceError, MissingExtraError

if TYPE_CHECKING:
    from looplab.course.lessons.questions import Question

__all__ = ["is_question", "judge_question", "quiz_ids"]

_ID = re.compile(r"(\d+\.\d+)\.[Qq](\d+)")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]+\)")
_LONGEST_ANSWER = 40


def is_question(id_: object) -> bool:
    """Whether an id is that of a question, as "1.6.Q1" is, in capital letters or not."""
    return isinstance(id_, str) and _ID.fullmatch(id_.strip()) is not None


def quiz_ids(course: Path | None = None) -> dict[str, list[str]]:
    """The ids of the questions of each lesson that has a quiz; nothing where the course cannot be read."""
    try:
        from looplab.course.lessons import read_lesson
        from looplab.course.lessons.catalogue import lesson_paths
    except MissingExtraError:
        return {}
    with_quiz = [read_lesson(path) for path in lesson_paths(course).values() if b"\n## Quiz" in path.read_bytes()]
    return {lesson.number: [question.id for question in lesson.quiz] for lesson in with_quiz}


def judge_question(id_: str, answer: object, course: Path | None = None) -> tuple[Verdict, bool]:
    """The verdict on an answer to a question, and whether it was an answer at all: a letter that stands there.

    Args:
        id_: the question's id, "1.6.Q1".
        answer: the option's letter.
        course: the course's folder; the one that came with looplab when left out.

    Raises:
        ChoiceError: there is no such question.
    """
    try:
        question = _find(id_, course)
    except MissingExtraError as error:
        return Verdict(exercise=id_, passed=False, message=str(error)), False
    options = dict(question.lettered)
    letters = f"{', '.join(list(options)[:-1])} or {list(options)[-1]}"
    letter = answer.strip().rstrip(".").upper() if isinstance(answer, str) else ""
    if letter not in options:
        got = "there is no answer yet" if answer in ("", None, ...) else f"{_short(answer)} is none of the options"
        message = f"{question.id}: {got}. Give the letter of one option: {letters}, in quotation marks."
        return Verdict(exercise=question.id, passed=False, message=message), False
    option = options[letter]
    said = "is right" if option.right else "is not the one"
    reason = _LINK.sub(r"\1", option.reason)
    message = f"{question.id}: {letter} {said}. {reason}"
    return Verdict(exercise=question.id, passed=option.right, message=message), True


def _find(id_: str, course: Path | None) -> "Question":
    from looplab.course.lessons import find_lesson

    found = _ID.fullmatch(id_.strip())
    assert found is not None
    try:
        quiz = find_lesson(found[1], course).quiz
    except ChoiceError:
        quiz = ()
    known = {question.id: question for question in quiz}
    wanted = f"{found[1]}.Q{int(found[2])}"
    if wanted not in known:
        raise ChoiceError("question", id_, known or [id_ for ids in quiz_ids(course).values() for id_ in ids])
    return known[wanted]


def _short(answer: object) -> str:
    text = repr(answer) if isinstance(answer, str | int | float | bool) else f"a {type(answer).__name__}"
    return text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER]}…"
