"""What the learner has passed of each lesson, in words, for the first page."""

from collections.abc import Iterable, Mapping

from looplab.course.answers.progress import Progress
from looplab.course.reading import Lesson

__all__ = ["progress_by_lesson"]


def progress_by_lesson(lessons: Iterable[Lesson], known: Mapping[str, Progress]) -> dict[str, object]:
    """What is passed of each lesson, and of the course.

    Args:
        lessons: all lessons.
        known: what is known of each exercise and question.

    Returns:
        What is sent as JSON: `lessons` has a sentence for each lesson that has exercises, under its number, with a sign
        before it when all of them are passed; `course` is the sentence for all of them together.
    """
    passed = {id_ for id_, entry in known.items() if entry.passed is not None}
    told, totals = {}, [0, 0]
    for lesson in lessons:
        exercises = {exercise.id for exercise in lesson.exercises}
        questions = {question.id for question in lesson.quiz}
        if exercises or questions:
            told[lesson.number] = _sentence(exercises, questions, passed)
            totals = [totals[0] + len(exercises & passed), totals[1] + len(exercises)]
    course = f"You have passed {totals[0]} of {totals[1]} exercises." if totals[1] else ""
    return {"lessons": told, "course": course}


def _sentence(exercises: set[str], questions: set[str], passed: set[str]) -> str:
    parts = [_share(exercises, passed, "exercise")] if exercises else []
    parts += [_share(questions, passed, "quiz question")] if questions else []
    text = ", ".join(parts)
    return f"✓ Done: {text}" if exercises | questions <= passed else text


def _share(ids: set[str], passed: set[str], word: str) -> str:
    return f"{len(ids & passed)} of {len(ids)} {word}{'' if len(ids) == 1 else 's'}"
