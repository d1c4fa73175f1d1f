"""Where a learner goes on: for the first page."""

from collections.abc import Mapping, Sequence

from looplab.course.answers.progress import Progress
from looplab.course.reading import Lesson

__all__ = ["next_lesson"]


def next_lesson(lessons: Sequence[Lesson], known: Mapping[str, Progress]) -> dict[str, str] | None:
    """The lesson with which a learner goes on.

    It is the last one of which something was tried; once all its exercises are passed, the one that follows.

    Args:
        lessons: all lessons, in the order in which they are read.
        known: what is known of each exercise and question.

    Returns:
        Its number, its title and its page's path; None when nothing was begun, or when nothing follows.
    """
    tried = {id_ for id_, entry in known.items() if entry.attempts}
    begun = [at for at, lesson in enumerate(lessons) if tried & _ids(lesson)]
    if not begun:
        return None
    at = begun[-1]
    passed = {id_ for id_, entry in known.items() if entry.passed is not None}
    is_done = {exercise.id for exercise in lessons[at].exercises} <= passed
    if at + is_done >= len(lessons):
        return None
    lesson = lessons[at + is_done]
    return {"number": lesson.number, "title": lesson.title, "page": f"{lesson.place}.html"}


def _ids(lesson: Lesson) -> set[str]:
    questions = {question.id for question in (*lesson.quiz, *lesson.predictions)}
    return questions | {exercise.id for exercise in lesson.exercises}
