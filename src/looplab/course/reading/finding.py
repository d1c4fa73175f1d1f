"""Which lessons there are, and where."""

from pathlib import Path

from looplab.content import course_folder, lesson_folders
from looplab.course.quiz.questions import QUIZ, Question, is_prediction, question_id
from looplab.course.reading.lesson import LESSON_FILE, Lesson
from looplab.course.reading.markdown import read_lesson, read_title
from looplab.errors import ChoiceError

__all__ = ["PAGES", "find_lesson", "find_question", "list_lessons", "question_ids", "require_lesson"]

PAGES = ("index.md", "notation.md")
"""The pages of a course that are not lessons."""


def list_lessons(folder: Path | None = None) -> list[Lesson]:
    """All lessons in the order in which they are read.

    Args:
        folder: the course's folder; by default the one that came with looplab.
    """
    return [read_lesson(path) for path in _lesson_paths(folder).values()]


def find_lesson(number: str, folder: Path | None = None) -> Lesson:
    """The lesson with that number, for instance "2.4".

    Raises:
        ChoiceError: there is no such lesson; the message lists those there are, the nearest first.
    """
    return read_lesson(require_lesson(number, folder))


def require_lesson(number: str, folder: Path | None = None) -> Path:
    """The file of the lesson with that number; raises as `find_lesson`, and reads nothing if the lesson is there."""
    paths = _lesson_paths(folder)
    if number not in paths:
        raise ChoiceError("lesson", number, paths, titles={known: read_title(path) for known, path in paths.items()})
    return paths[number]


def find_question(id_: str, folder: Path | None = None) -> Question:
    """The question of a quiz with that id, for instance "1.6.Q1", or the prediction "1.4.P".

    Raises:
        ChoiceError: there is no such question; lists those of its lesson, or those of all lessons.
    """
    wanted = question_id(id_)
    try:
        lesson = find_lesson(wanted.rpartition(".")[0], folder)
        questions = lesson.predictions if is_prediction(wanted) else lesson.quiz
    except ChoiceError:
        questions = ()
    known = {question.id: question for question in questions}
    if wanted not in known:
        titles = {question.id: question.text for question in known.values()}
        choices = known or [id_ for ids in question_ids(folder).values() for id_ in ids]
        raise ChoiceError("question", id_, choices, titles=titles)
    return known[wanted]


def question_ids(folder: Path | None = None) -> dict[str, list[str]]:
    """The ids of the questions of each lesson that has a quiz, by the lesson's number."""
    heading = f"\n## {QUIZ}".encode()  # parsing a lesson takes longer than looking for this
    lessons = [read_lesson(path) for path in _lesson_paths(folder).values() if heading in path.read_bytes()]
    return {lesson.number: [question.id for question in lesson.quiz] for lesson in lessons if lesson.quiz}


def _lesson_paths(folder: Path | None = None) -> dict[str, Path]:
    """The lessons' files by number, in the order in which they are read; a folder without one is not a lesson yet.

    Args:
        folder: the course's folder; by default the one that came with looplab.
    """
    files = {number: place / LESSON_FILE for number, place in lesson_folders(folder or course_folder()).items()}
    return {number: file for number, file in files.items() if file.is_file()}
