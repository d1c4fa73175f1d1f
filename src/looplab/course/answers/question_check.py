"""Checking an answer to a question of a quiz, which needs no code to be run, and keeping what was found."""

from dataclasses import replace
from pathlib import Path

from looplab.course.answers.progress import record
from looplab.course.exercises.exercise import Verdict
from looplab.course.quiz.judging import chosen_letter, judge_choice
from looplab.course.quiz.questions import is_prediction
from looplab.errors import MissingExtraError

__all__ = ["check_question", "recorded"]


def check_question(question: str, answer: object, *, course: Path | None = None) -> Verdict:
    """The verdict on an answer to a question, kept in the learner's progress if it counts.

    Args:
        question: its id, "1.6.Q1", or a prediction's, "1.4.P", which does not count.
        answer: the letter of an option; anything else is answered with a sentence and not counted.
        course: the folder of the course that it belongs to; the one that came with looplab when left out.

    Raises:
        ChoiceError: there is no such question.
    """
    try:
        from looplab.course.reading import find_question  # reads lessons, for which the bare library has no parts
    except MissingExtraError as error:
        return Verdict(exercise=question, passed=False, message=str(error))
    verdict, counts = judge_choice(find_question(question, course), answer)
    if not counts or is_prediction(verdict.exercise):
        return verdict
    return recorded(verdict, chosen_letter(answer))


def recorded(verdict: Verdict, letter: str = "") -> Verdict:
    """The verdict, once it stands in the learner's progress; its message says so if that went wrong."""
    trouble = record(verdict.exercise, passed=verdict.passed, answer=letter)
    return replace(verdict, message=f"{verdict.message} {trouble}") if trouble else verdict
