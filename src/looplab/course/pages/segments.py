"""A lesson cut into prose, code and other parts, in order: the source of pages, notebooks and posts."""

from collections.abc import Iterator
from dataclasses import dataclass

from looplab.course.quiz.questions import Checklist, Question
from looplab.course.reading import Claim, ExerciseText, Fence, Hints, Included, Lesson, Live

__all__ = ["Code", "HintList", "Prose", "Segment", "lines_of", "segments"]


@dataclass(frozen=True)
class Prose:
    """Markdown between two pieces of code."""

    text: str


@dataclass(frozen=True)
class Code:
    """A fence that runs; `exercise` is set when the fence is that exercise's stub."""

    fence: Fence
    position: int
    exercise: ExerciseText | None = None


@dataclass(frozen=True)
class HintList:
    """The hints of an exercise, with their heading."""

    exercise: ExerciseText
    hints: Hints


Part = Code | HintList | Claim | Included | Live | Checklist | Question
Segment = Prose | Part


def segments(lesson: Lesson) -> Iterator[Segment]:
    """The parts of a lesson without its front matter; fences that are only shown count as prose."""
    stubs = {exercise.stub.line: exercise for exercise in lesson.exercises if exercise.stub is not None}
    lines, start = lesson.lines, lesson.front_lines
    codes = [Code(fence, position, stubs.get(fence.line)) for position, fence in enumerate(lesson.cells)]
    parts: list[Part] = [
        *codes,
        *(HintList(exercise, exercise.hints) for exercise in lesson.exercises if exercise.hints is not None),
        *lesson.claims,
        *lesson.included,
        *lesson.live,
        *lesson.checklists,
        *lesson.quiz,
        *lesson.predictions,
    ]
    for part in sorted(parts, key=lambda part: _place(part)[0]):
        first, last = _place(part)
        yield from _prose(lines[start : first - 1])
        yield part
        start = last
    yield from _prose(lines[start:])


def lines_of(part: Checklist | Hints, lesson: Lesson) -> str:
    """A checklist or hints as they stand in their lesson: a list, which notebooks or posts show as it is."""
    return "\n".join(lesson.lines[part.line - 1 : part.end]).rstrip()


def _place(part: Part) -> tuple[int, int]:
    """The first and the last line of a part."""
    if isinstance(part, Checklist | Question):
        return part.line, part.end
    if isinstance(part, HintList):
        return part.hints.line, part.hints.end
    return part.fence.line, part.fence.end


def _prose(lines: list[str]) -> Iterator[Prose]:
    text = "\n".join(lines).strip("\n")
    if text.strip():
        yield Prose(text)
