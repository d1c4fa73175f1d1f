"""What a terminal shows while lessons run: those that are done, those that run, and how far each is."""

from contextlib import AbstractContextManager
from types import TracebackType

from rich.console import Console
from rich.progress import Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from looplab.course.reading.lesson import Lesson

__all__ = ["ShownProgress"]


class ShownProgress(AbstractContextManager["ShownProgress"]):
    """Progress on stderr, if that is a terminal and nobody has asked for quiet; otherwise nothing is written.

    A lesson that has run keeps its line; what runs at the moment is shown below and disappears at the end.

    Args:
        total: the number of lessons.
        quiet: whether to write nothing at all.
    """

    def __init__(self, total: int, *, quiet: bool = False) -> None:
        console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        hidden = quiet or not console.is_terminal
        columns = TextColumn("{task.description}", markup=False), TimeElapsedColumn()
        self._progress = Progress(*columns, console=console, disable=hidden, transient=True)
        self._total, self._done = total, 0
        self._whole = self._progress.add_task(self._said(), total=None)
        self._running: dict[str, TaskID] = {}

    def __enter__(self) -> "ShownProgress":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def ran(self, lesson: Lesson, fences: int, total: int) -> None:
        """Show that so many fences of a lesson's code have run."""
        said = f"  {lesson.number} {lesson.title}: {fences} of {total} cells"
        if lesson.number not in self._running:
            self._running[lesson.number] = self._progress.add_task(said, total=None)
        self._progress.update(self._running[lesson.number], description=said)

    def ended(self, lesson: Lesson) -> None:
        """Count a lesson; one whose code has run, not been kept from before, is listed."""
        self._done += 1
        self._progress.update(self._whole, description=self._said())
        if lesson.number not in self._running:
            return
        task = self._running.pop(lesson.number)
        seconds = self._progress.tasks[self._progress.task_ids.index(task)].elapsed or 0.0
        self._progress.remove_task(task)
        if not self._progress.disable:
            self._progress.console.print(Text(f"✓ {lesson.number} {lesson.title} ({seconds:.0f} s)"), soft_wrap=True)

    def say(self, sentence: str) -> None:
        """Show what else is done, once all lessons have run."""
        self._progress.update(self._whole, description=sentence)

    def _said(self) -> str:
        return f"Running lessons: {self._done} of {self._total} done"
