"""One sitting: from an exercise to the next, each checked as often as its file is saved."""

from collections.abc import Callable, Sequence
from pathlib import Path

from looplab.content import reading_order
from looplab.course.answers.progress import read_progress
from looplab.course.exercises.exercise import Verdict
from looplab.course.exercises.outline import outline_exercises
from looplab.course.reading.finding import find_lesson
from looplab.course.watch.answer_files import AnswerFile, answer_files
from looplab.errors import LooplabError

__all__ = ["watch"]


def watch(
    lesson: str, *, folder: Path | None = None, course: Path | None = None, say: Callable[[str], object] = print
) -> None:
    """Watch the files with the answers to a lesson's exercises: check each when it is saved, go on when it is right.

    Returns when all exercises of the lesson are passed.

    Args:
        lesson: its number, "2.4".
        folder: where the files lie; by default `answers/2.4` in the learner's folder. Those that are missing are
            made from the exercises' stubs, one after the other.
        course: the course's folder; by default the one that came with looplab.
        say: takes what there is to tell, line by line.

    Raises:
        ChoiceError: there is no such lesson.
        ExerciseError: it has no exercises.
        FileError: a file cannot be made.
        KeyboardInterrupt: Ctrl-C.
    """
    files = answer_files(lesson, folder, course)
    sitting = _Sitting(files, say, course)
    say(f"Lesson {lesson}, {find_lesson(lesson, course).title}: {sitting.passed_in_words()}.")
    if sitting.is_over():
        say(f"Nothing is left to watch. Check a file once more: looplab check {files[0].exercise.id} --file FILE")
        return
    sitting.go_on()
    if not sitting.is_over():
        from looplab.course.answers import file_check  # noqa: F401 - loads PyTorch while the learner reads and writes
        from looplab.course.watch.saves import saved_files

        for file, content in saved_files(files, sitting.seen):
            sitting.check(file, content)
            sitting.go_on()
            if sitting.is_over():
                break
    following = _following(lesson, course)
    say(f"That was the last one of lesson {lesson}.{f' Go on: looplab watch {following}' if following else ''}")


def _following(lesson: str, course: Path | None) -> str:
    """The number of the next lesson that has exercises; "" if there is none."""
    lessons = [outline.lesson for outline in outline_exercises(course=course)]
    return next((number for number in lessons if reading_order(number) > reading_order(lesson)), "")


class _Sitting:
    """What is passed, what is next, and what is said.

    Args:
        files: one for each exercise, in order.
        say: takes each line.
        course: the course's folder.

    Attributes:
        seen: what each file held when it was last looked at.
    """

    def __init__(self, files: Sequence[AnswerFile], say: Callable[[str], object], course: Path | None) -> None:
        known = read_progress()
        self._files, self._say, self._course = files, say, course
        self._left = [file for file in files if file.exercise.id not in known or known[file.exercise.id].passed is None]
        self._current: AnswerFile | None = None
        self.seen = {file: file.content() for file in files}

    def is_over(self) -> bool:
        """Whether all exercises are passed."""
        return not self._left

    def passed_in_words(self) -> str:
        """How many of the exercises are passed."""
        return f"{len(self._files) - len(self._left)} of {len(self._files)} exercises passed"

    def go_on(self) -> None:
        """Go on to the next exercise when the current one is passed; an answer that is there already is checked."""
        while self._left and self._left[0] is not self._current:
            self._current = self._left[0]
            self._begin(self._current)
            content = self._current.content()  # now: it may have been saved while we spoke
            if content:
                self.seen[self._current] = content
                if not self._current.is_untouched(content):
                    self.check(self._current, content)

    def check(self, file: AnswerFile, content: bytes) -> None:
        """Check what a file held when it was looked at, and say what is wrong with it."""
        if not content:
            self._say(f"{file.name}: the file is empty. Write your answer in it.")
            return
        if file.is_untouched(content):
            self._say(f"{file.name}: this is still the stub. Write your answer in its place.")
            return
        self._say(f"Checking {file.name} …")
        try:
            verdict = self._verdict(file, content)
        except LooplabError as error:  # a file that cannot be read: the next save may mend it
            self._say(f"✗ {error}")
            return
        self._say(repr(verdict))
        if verdict.passed and file in self._left:
            self._left.remove(file)
            self._say(f"{self.passed_in_words()}.")

    def _begin(self, file: AnswerFile) -> None:
        """Make an exercise's file unless it is there, and say where it is and which others are left."""
        file.make()
        others = ", ".join(other.exercise.id for other in self._left if other is not file)
        self._say(f"Next: {file.name}. Write your answer in {file.path} and save it: every save is checked.")
        self._say(f"{f'Left after it: {others}. ' if others else ''}Ctrl-C ends this.")

    def _verdict(self, file: AnswerFile, content: bytes) -> Verdict:
        from looplab.course.answers.file_check import check_file

        return check_file(file.exercise.id, file.path, content=content, course=self._course)
