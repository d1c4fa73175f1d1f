"""Judging the answer to a question of a quiz."""

import re

from looplab.course.exercises import Verdict
from looplab.course.quiz.questions import Question
from looplab.words import kind_in_words

__all__ = ["chosen_letter", "judge_choice"]

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
    letter = chosen_letter(answer)
    if letter not in options:
        got = "there is no answer yet" if answer in ("", None, ...) else f"{_short(answer)} is none of the options"
        message = f"{question.id}: {got}. Give the letter of one option: {letters}, in quotation marks."
        return Verdict(exercise=question.id, passed=False, message=message), False
    option = options[letter]
    said = "is right" if option.right else "is not the one"
    reason = _LINK.sub(r"\1", option.reason)
    message = f"{question.id}: {letter} {said}. {reason}"
    return Verdict(exercise=question.id, passed=option.right, message=message), True


def chosen_letter(answer: object) -> str:
    """The letter that an answer gives, however it is written; empty if it is no text.

    >>> chosen_letter(" b. ")
    'B'
    """
    return answer.strip().rstrip(".").upper() if isinstance(answer, str) else ""


def _short(answer: object) -> str:
    text = repr(answer) if isinstance(answer, str | int | float | bool) else kind_in_words(answer)
    return text if len(text) <= _LONGEST_ANSWER else f"{text[:_LONGEST_ANSWER]}…"
