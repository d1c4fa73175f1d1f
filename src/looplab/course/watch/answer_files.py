"""The learner's own files, one for each exercise of a lesson; each begins as the exercise's stub."""

from dataclasses import dataclass
from pathlib import Path

from looplab.course.exercises.outline import Outline, outline_exercises
from looplab.course.reading import ExerciseText, Lesson
from looplab.course.reading.finding import find_lesson
from looplab.course.reading.imports import imports_of
from looplab.errors import ExerciseError
from looplab.files import home_folder, write_new

__all__ = ["AnswerFile", "answer_files"]


@dataclass(frozen=True, kw_only=True)
class AnswerFile:
    """A file for the answer to an exercise.

    Attributes:
        exercise: the exercise.
        path: the file, whether it exists or not.
        beginning: what a new file holds.
    """

    exercise: Outline
    path: Path
    beginning: str

    @property
    def name(self) -> str:
        """Id and title of the exercise."""
        return f"{self.exercise.id} {self.exercise.title}"

    def make(self) -> None:
        """Write the file unless it is there.

        Raises:
            FileError: it cannot be written.
        """
        write_new(self.path, self.beginning)

    def content(self) -> bytes | None:
        """What the file holds now; None while it cannot be read, as between two steps of an editor that replaces it."""
        try:
            return self.path.read_bytes()
        except OSError:
            return None

    def is_untouched(self, content: bytes) -> bool:
        """Whether this content is what the file began with."""
        return content == self.beginning.encode()


def answer_files(lesson: str, folder: Path | None = None, course: Path | None = None) -> list[AnswerFile]:
    """The files for a lesson's exercises, in order; none is written.

    Args:
        lesson: its number, "2.4".
        folder: where the files lie; by default `answers/2.4` in the learner's folder.
        course: the course's folder; by default the one that came with looplab.

    Raises:
        ChoiceError: there is no such lesson.
        ExerciseError: the lesson has no exercises.
    """
    found = find_lesson(lesson, course)
    beginnings = {text.id: _beginning(found, text) for text in found.exercises}
    outlines = outline_exercises(lesson, course)
    if not outlines:
        raise ExerciseError(f"lesson {lesson}", expected="exercises", got="none", fix="Name another lesson.")
    place = (folder or home_folder() / "answers" / lesson).absolute()
    return [
        AnswerFile(
            exercise=outline,
            path=place / f"{outline.id}-{outline.answer}.py",
            beginning=f"# Exercise {outline.id}, {outline.title}\n\n{beginnings.get(outline.id, '')}\n",
        )
        for outline in outlines
    ]


def _beginning(lesson: Lesson, exercise: ExerciseText) -> str:
    """The stub, below what an answer needs of the lesson's imports: a file does not know what ran in a notebook."""
    if exercise.stub is None:
        return ""
    stub = exercise.stub.code.strip()
    uses = "\n".join([stub, exercise.solution.code if exercise.solution is not None else ""])
    imports = imports_of((cell.source for cell in lesson.cells if cell.line < exercise.line), used_by=uses)
    return f"{imports}\n\n\n{stub}" if imports else stub
