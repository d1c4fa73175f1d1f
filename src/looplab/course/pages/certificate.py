"""A page that lists what a learner has passed: made on their own machine, for themselves."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from looplab.content import reading_order
from looplab.course.answers.progress import CAPSTONE, Progress, progress_and_trouble
from looplab.course.exercises.outline import outline_exercises
from looplab.errors import LooplabError, optional_part
from looplab.files import write_whole
from looplab.version import __version__

with optional_part("the certificate", "course"):
    from jinja2 import Environment, PackageLoader

    from looplab.course.reading import Lesson, list_lessons

__all__ = ["certificate_page", "write_certificate"]

_LONGEST_NAME = 120
_NOTHING = Progress(attempts=0, passed=None)


@dataclass(frozen=True, kw_only=True)
class _Passed:
    """What is passed of a lesson: exercises by id, title and day ("" for not yet), and questions of its quiz."""

    number: str
    title: str
    exercises: list[tuple[str, str, str]]
    questions: int
    right: int


def write_certificate(path: Path, *, name: str = "", course: Path | None = None) -> str:
    """Write the page into a file; one that was there before is replaced.

    Args:
        path: the file.
        name: whose it is; "" for nobody's.
        course: the course's folder; the one that came with looplab when left out.

    Returns:
        "" or a sentence when the learner's progress cannot be understood.

    Raises:
        LooplabError: a name that is too long or is not printable.
        FileError: the file cannot be written.
    """
    known, trouble = progress_and_trouble()
    write_whole(path, certificate_page(known, name=name, course=course))
    return trouble


def certificate_page(known: dict[str, Progress], *, name: str = "", course: Path | None = None) -> str:
    """The page as HTML: exercises and quiz questions by lesson, the capstone, date and version; it requests nothing.

    Args:
        known: what is known of each exercise and question, by id.
        name: whose it is.
        course: the course's folder.

    Raises:
        LooplabError: a name that is too long or is not printable.
    """
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise LooplabError("name", expected=f"at most {_LONGEST_NAME} printable characters", got=repr(name[:200]))
    lessons = [
        _lesson(lesson, known, course)
        for lesson in sorted(list_lessons(course), key=lambda each: reading_order(each.number))
    ]
    days = [day for lesson in lessons for _, _, day in lesson.exercises]
    environment = Environment(loader=PackageLoader("looplab.course.pages"), autoescape=True)
    return environment.get_template("certificate.html.j2").render(
        name=name.strip(),
        lessons=lessons,
        exercises=len(days),
        passed=sum(bool(day) for day in days),
        questions=sum(lesson.questions for lesson in lessons),
        right=sum(lesson.right for lesson in lessons),
        capstone=_day(known, CAPSTONE),
        checks=known.get(CAPSTONE, _NOTHING).attempts,
        today=f"{datetime.now(UTC).astimezone():%Y-%m-%d}",
        version=__version__,
    )


def _lesson(lesson: Lesson, known: dict[str, Progress], course: Path | None) -> _Passed:
    listed = outline_exercises(lesson.number, course)
    return _Passed(
        number=lesson.number,
        title=lesson.title,
        exercises=[(exercise.id, exercise.title, _day(known, exercise.id)) for exercise in listed],
        questions=len(lesson.quiz),
        right=sum(bool(_day(known, question.id)) for question in lesson.quiz),
    )


def _day(known: dict[str, Progress], id_: str) -> str:
    """The day on which something was first passed, in local time; "" if it was not."""
    passed = known.get(id_, _NOTHING).passed
    return f"{passed.astimezone():%Y-%m-%d}" if passed else ""
