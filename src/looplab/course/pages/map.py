"""The map of the course: all lessons, written or to come, each with those that it builds on."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from looplab.content import reading_order
from looplab.course.reading import Lesson
from looplab.course.reading.course_file import read_course_file

__all__ = ["MapLesson", "MapModule", "course_map", "map_list"]


@dataclass(frozen=True)
class MapLesson:
    """A lesson on the map.

    Attributes:
        source: what Sphinx reads for it; empty while it is not written.
        exercises: the ids of its exercises, each with the anchor of its heading.
    """

    number: str
    title: str
    description: str
    needs: tuple[str, ...]
    facts: str = ""
    source: str = ""
    exercises: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class MapModule:
    """A module on the map, with its lessons in the order in which they are read."""

    number: int
    title: str
    lessons: tuple[MapLesson, ...]


def course_map(written: Iterable[Lesson], folder: Path) -> list[MapModule]:
    """The map.

    Args:
        written: the lessons that exist.
        folder: the course's folder, whose `course.toml` plans the others.
    """
    file = read_course_file(folder)
    lessons = {
        lesson.number: MapLesson(lesson.number, lesson.title, lesson.description, lesson.needs)
        for lesson in file.planned
    }
    titles = dict(file.modules)
    for lesson in written:
        lessons[lesson.number] = _written(lesson)
        number, _, words = lesson.place.parent.name.partition("-")
        titles.setdefault(int(number), words.replace("-", " ").capitalize())
    groups: dict[int, list[MapLesson]] = {}
    for number in sorted(lessons, key=reading_order):
        groups.setdefault(reading_order(number)[0], []).append(lessons[number])
    return [MapModule(number, titles.get(number, ""), tuple(group)) for number, group in groups.items()]


def map_list(module: MapModule, known: dict[str, MapLesson]) -> str:
    """A module's lessons as a Markdown list: title, description, how long, what it builds on, and room for progress.

    Args:
        module: the module.
        known: all lessons of the map by their numbers.
    """
    return "{.lesson-map}\n" + "\n".join(_entry(lesson, known) for lesson in module.lessons)


def _written(lesson: Lesson) -> MapLesson:
    count = len(lesson.exercises)
    facts = [f"{lesson.minutes} minutes", *([_counted(count, "exercise")] if count else [])]
    facts += ["a quiz"] if lesson.quiz else []
    source = f"{lesson.place}.ipynb"
    anchors = {heading.line: heading.anchor for heading in lesson.headings}
    return MapLesson(
        number=lesson.number,
        title=lesson.title,
        description=lesson.description,
        needs=tuple(lesson.needs),
        facts=f"{_listed(facts)}.",
        source=source,
        exercises=tuple((exercise.id, anchors[exercise.line]) for exercise in lesson.exercises),
    )


def _entry(lesson: MapLesson, known: dict[str, MapLesson]) -> str:
    title = f"{lesson.number} {lesson.title}"
    head = f"[{title}]({lesson.source})" if lesson.source else f"**{title}**"
    needs = [_need(number, known) for number in sorted(lesson.needs, key=reading_order)]
    facts = f"{lesson.facts or 'Coming.'}{f' Builds on {_listed(needs)}.' if needs else ''}"
    progress = f' <span class="lesson-progress" data-lesson="{lesson.number}" hidden></span>' if lesson.source else ""
    description = f'<span class="lesson-about">{lesson.description}</span>'
    return f"- {head}\n  {description} *{facts}*{progress}{_ticks(lesson)}"


def _ticks(lesson: MapLesson) -> str:
    """A link to each exercise, with room for its tick; shown where the course is served."""
    page = lesson.source.removesuffix(".ipynb")
    links = [f'<a href="{page}.html#{anchor}" data-exercise="{id_}">{id_}</a>' for id_, anchor in lesson.exercises]
    return f' <span class="lesson-exercises" hidden>{" ".join(links)}</span>' if links else ""


def _need(number: str, known: dict[str, MapLesson]) -> str:
    source = known[number].source if number in known else ""
    return f"[{number}]({source})" if source else number


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
