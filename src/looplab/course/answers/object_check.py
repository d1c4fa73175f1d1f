"""Checking an answer where it was written: in a notebook or at the prompt."""

from dataclasses import replace
from pathlib import Path

from looplab.course.answers.judge import judge
from looplab.course.answers.progress import record
from looplab.course.exercises.exercise import Verdict
from looplab.course.exercises.finding import find_exercise
from looplab.course.quiz.judging import judge_choice
from looplab.course.quiz.questions import is_prediction, question_id
from looplab.errors import MissingExtraError

__all__ = ["check", "recorded"]


def check(exercise: str, answer: object, *, course: Path | None = None) -> Verdict:
    """Check an answer, to an exercise or to a question of a quiz, and keep the result in your progress.

    The verdict shows itself when it is the last line of a cell; elsewhere, print it. Nothing is printed here.

    Args:
        exercise: the exercise's id, "2.4.3", or the question's, "1.6.Q1", or a prediction's, "1.4.P",
            which does not count.
        answer: what you wrote: the function or class itself, not the result of a call. For a question, the letter of
            an option, "B"; anything else is answered with a sentence and not counted.
        course: the folder of the course that it belongs to; the one that came with looplab when left out.

    Returns:
        The verdict: true when the answer is right, else with a sentence that says what to look at. Whatever the answer
        does (raise, run for ever, take all memory), it is stopped and becomes such a sentence. Two things cannot be
        stopped inside a notebook: a single call into C that never returns, and os._exit(); `looplab check` stops both.

    Raises:
        ChoiceError: there is no exercise and no question with this id.
        KeyboardInterrupt: you pressed stop.

    Random state: random, NumPy's and torch's are left as they were.
    """
    if question_id(exercise):
        verdict, counts = _judge_question(exercise, answer, course)
        return recorded(verdict) if counts and not is_prediction(verdict.exercise) else verdict
    return recorded(judge(find_exercise(exercise, course), answer))


def recorded(verdict: Verdict) -> Verdict:
    """The verdict, once it stands in the learner's progress; its message says so if that went wrong."""
    trouble = record(verdict.exercise, passed=verdict.passed)
    return replace(verdict, message=f"{verdict.message} {trouble}") if trouble else verdict


def _judge_question(id_: str, answer: object, course: Path | None) -> tuple[Verdict, bool]:
    """The verdict on an answer to a question, and whether it counts."""
    try:
        from looplab.course.reading import find_question  # reads lessons, for which the bare library has no parts
    except MissingExtraError as error:
        return Verdict(exercise=id_, passed=False, message=str(error)), False
    return judge_choice(find_question(id_, course), answer)
