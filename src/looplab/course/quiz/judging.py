"""Judging the answer to a question of a quiz."""

import re

from looplab.course.exercises import Verdict
from looplab.course.quiz.questions import Question

__all__ = ["judge_choice"]

_LINK = re.compile(r"\[([^\[\]]*)\]\([^()\s]+\)")
_LONGEST_ANSWER = 40


def judge_choice(question: Question, answer: object) -> tuple[Verdict, bool]:
    """The verdict on an answer to a question, and whether it was an answer at all: the letter of an option.

    Args:
        question: the question.
        answer: the option's letter.
    """
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


def _short(answer: object) -> str:
    text = repr(answer) if isinstance(answer, str | int | float | bool) else f"a {type(answer).__name__}"
    return text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER]}…"
