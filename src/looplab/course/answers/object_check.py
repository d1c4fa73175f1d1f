"""Checking an answer where it was written: in a notebook or at the prompt."""

from pathlib import Path

from looplab.course.answers.judge import judge
from looplab.course.answers.prompt import answer_at_prompt, why_not_judged
from looplab.course.answers.question_check import check_question, recorded
from looplab.course.exercises.exercise import Exercise, Verdict
from looplab.course.exercises.finding import find_exercise
from looplab.course.quiz.questions import question_id
from looplab.errors import LooplabError

__all__ = ["check"]


def check(exercise: str, answer: object = None, *, course: Path | None = None) -> Verdict:
    """Check an answer, to an exercise or to a question of a quiz, and keep the result in your progress.

    The verdict shows itself when it is the last line of a cell; elsewhere, print it. Nothing is printed here.

    Args:
        exercise: the exercise's id, "2.4.3", or the question's, "1.6.Q1", or a prediction's, "1.4.P",
            which does not count.
        answer: what you wrote: the function or class itself, not the result of a call. Left out, it is what your
            notebook has under the name that the exercise asks for. For a question, the letter of an option, "B". Where
            there is nothing to judge (no answer yet, a cell that is not Python, a stub as it was, no letter), a
            sentence says so, and nothing is counted.
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
        return check_question(exercise, answer, course=course)
    found = find_exercise(exercise, course)
    answer = answer_at_prompt(found.answer) if answer is None else answer
    missing = why_not_judged(found.answer, answer, _stub_of(found, course))
    if missing:
        return Verdict(exercise=found.id, passed=False, message=f"{found.id}: {missing}")
    return recorded(judge(found, answer))


def _stub_of(exercise: Exercise, course: Path | None) -> str:
    """The stub that the lesson shows; empty where lessons cannot be read."""
    try:
        from looplab.course.reading import find_lesson  # for which the bare library has no parts

        shown = find_lesson(exercise.lesson, course).exercises
    except LooplabError:
        return ""
    return next((text.stub.source for text in shown if text.id == exercise.id and text.stub is not None), "")
