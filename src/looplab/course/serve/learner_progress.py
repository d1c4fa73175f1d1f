"""What the learner has passed, in words and by id, for the pages; and answers to a quiz that are given in a page."""

from collections.abc import Iterable, Mapping

from looplab.course.answers.progress import Progress, read_progress, record
from looplab.course.quiz.judging import chosen_letter, judge_choice
from looplab.course.quiz.questions import Question, is_prediction
from looplab.course.reading import Lesson
from looplab.errors import LooplabError

__all__ = ["progress_by_lesson", "record_choice"]


def progress_by_lesson(lessons: Iterable[Lesson], known: Mapping[str, Progress]) -> dict[str, object]:
    """What is passed of each lesson, and of the course.

    Args:
        lessons: all lessons.
        known: what is known of each exercise and question.

    Returns:
        What is sent as JSON: `lessons` has a sentence for each lesson that has exercises, under its number, with a sign
        before it when all of them are passed; `course` is the sentence for all of them together; `passed` lists the
        exercises and questions that are passed, `answers` the letters that were chosen of each question.
    """
    passed = {id_ for id_, entry in known.items() if entry.passed is not None}
    told, totals, ids = {}, [0, 0], set()
    answers: dict[str, list[str]] = {}
    for lesson in lessons:
        exercises = {exercise.id for exercise in lesson.exercises}
        questions = {question.id for question in lesson.quiz}
        if exercises or questions:
            told[lesson.number] = _sentence(exercises, questions, passed)
            ids |= exercises | questions
            answers |= {id_: list(known[id_].answers) for id_ in questions & known.keys() if known[id_].answers}
            totals = [totals[0] + len(exercises & passed), totals[1] + len(exercises)]
    course = f"You have passed {totals[0]} of {totals[1]} exercises." if totals[1] else ""
    return {"lessons": told, "course": course, "passed": sorted(ids & passed), "answers": answers}


def record_choice(question: Question, answer: str) -> str:
    """Record the option that was chosen of a question; returns "" or a sentence when it could not be saved.

    An option that is opened again counts once, and what is opened after the right one, to read its reason, not at all.

    Raises:
        LooplabError: there is no such option, or the question is a prediction, which counts for nothing.
    """
    verdict, is_option = judge_choice(question, answer)
    if not is_option or is_prediction(question.id):
        raise LooplabError(verdict.message if not is_option else f"{question.id} is a prediction: it is not recorded.")
    letter, before = chosen_letter(answer), read_progress().get(question.id)
    if before is not None and (before.passed is not None or letter in before.answers):
        return ""
    return record(question.id, passed=verdict.passed, answer=letter)


def _sentence(exercises: set[str], questions: set[str], passed: set[str]) -> str:
    parts = [_share(exercises, passed, "exercise")] if exercises else []
    parts += [_share(questions, passed, "quiz question")] if questions else []
    text = ", ".join(parts)
    return f"✓ Done: {text}" if exercises | questions <= passed else text


def _share(ids: set[str], passed: set[str], word: str) -> str:
    return f"{len(ids & passed)} of {len(ids)} {word}{'' if len(ids) == 1 else 's'}"
