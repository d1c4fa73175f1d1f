"""What is served: the pages of the course, and the notebook of each lesson."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from looplab.course.answers import read_progress
from looplab.course.pages import lesson_notebook
from looplab.course.reading import find_lesson, find_question, list_lessons
from looplab.course.serve.learner_progress import progress_by_lesson, record_choice
from looplab.course.serve.next_lesson import next_lesson
from looplab.course.serve.notebooks import notebook_for
from looplab.course.serve.queue import PageQueue

__all__ = ["Site"]


@dataclass(frozen=True, kw_only=True)
class Site:
    """The course as it is served.

    Args:
        source: the folder of the lessons.
        folder: the folder of the built pages.
        pages: the title of each page, by its path in that folder: `1-first-steps/1.2-a-step.html`.
        queue: which of them are built.
        notebooks: the learner's own notebooks.
    """

    source: Path
    folder: Path
    pages: Mapping[str, str]
    queue: PageQueue
    notebooks: Path

    def page_of(self, number: str) -> str:
        """The page of a lesson.

        Raises:
            ChoiceError: there is no lesson of that number.
        """
        return f"{find_lesson(number, self.source).place}.html"

    def title_of(self, number: str) -> str:
        """The title of a lesson.

        Raises:
            ChoiceError: there is no lesson of that number.
        """
        return find_lesson(number, self.source).title

    def learner_progress(self) -> dict[str, object]:
        """What the learner has passed of each lesson, in words and by id, and where they go on.

        See `progress_by_lesson`, and `next_lesson` for what stands under "next".
        """
        lessons, known = list_lessons(self.source), read_progress()
        return progress_by_lesson(lessons, known) | {"next": next_lesson(lessons, known)}

    def answer(self, question: str, letter: str) -> dict[str, object]:
        """Record the option that the learner chose of a question; what is passed then, and any `trouble` in saving it.

        Raises:
            ChoiceError: there is no such question.
            LooplabError: it has no such option, or is a prediction.
        """
        trouble = record_choice(find_question(question, self.source), letter)
        return self.learner_progress() | {"trouble": trouble}

    def notebook(self, number: str) -> Path:
        """The learner's copy of a lesson's notebook, made if there is none yet.

        Raises:
            ChoiceError: there is no lesson of that number.
            LooplabError: the lesson cannot be read, or the copy cannot be written.
        """
        lesson = find_lesson(number, self.source)

        def text() -> str:
            return str(nbformat.writes(lesson_notebook(lesson, pages="/course")))

        return notebook_for(lesson.name, self.notebooks, text)
