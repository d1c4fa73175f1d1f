"""The map of the course: all lessons by module, each with those that it builds on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from looplab.content import reading_order
from looplab.course.reading import Lesson
from looplab.course.reading.course_file import read_course_file

__all__ = ["MapModule", "course_map", "map_list"]


@dataclass(frozen=True)
class MapModule:
    """A module on the map, with its lessons in the order in which they are read."""

    number: int
    title: str
    lessons: tuple[Lesson, ...]


def course_map(lessons: Iterable[Lesson], folder: Path) -> list[MapModule]:
    """The map.

    Args:
        lessons: the course's lessons, in the order in which they are read.
        folder: the course's folder, whose `course.toml` gives the modules' titles; a module without one is called after
            its folder.
    """
    titles, groups = dict(read_course_file(folder).modules), dict[int, list[Lesson]]()
    for lesson in lessons:
        number, _, words = lesson.place.parent.name.partition("-")
        titles.setdefault(int(number), words.replace("-", " ").capitalize())
        groups.setdefault(int(number), []).append(lesson)
    return [MapModule(number, titles[number], tuple(group)) for number, group in groups.items()]


def map_list(module: MapModule, known: Mapping[str, Lesson]) -> str:
    """A module's lessons as a Markdown list: title, description, how long, what it builds on, and room for progress.

    Args:
        module: the module.
        known: all lessons of the course by their numbers.
    """
    return "{.lesson-map}\n" + "\n".join(_entry(lesson, known) for lesson in module.lessons)


def _entry(lesson: Lesson, known: Mapping[str, Lesson]) -> str:
    head = f"[{lesson.number} {lesson.title}]({lesson.place}.ipynb)"
    description = f'<span class="lesson-about">{lesson.description}</span>'
    progress = f'<span class="lesson-progress" data-lesson="{lesson.number}" hidden></span>'
    return f"- {head}\n  {description} *{_facts(lesson, known)}* {progress}{_ticks(lesson)}"


def _facts(lesson: Lesson, known: Mapping[str, Lesson]) -> str:
    count = len(lesson.exercises)
    facts = [f"{lesson.minutes} minutes", *([_counted(count, "exercise")] if count else [])]
    facts += ["a quiz"] if lesson.quiz else []
    needs = [_need(number, known) for number in sorted(lesson.needs, key=reading_order)]
    return f"{_listed(facts)}.{f' Builds on {_listed(needs)}.' if needs else ''}"


def _ticks(lesson: Lesson) -> str:
    """A link to each exercise, with room for its tick; shown where the course is served."""
    anchors = {heading.line: heading.anchor for heading in lesson.headings}
    places = {exercise.id: f"{lesson.place}.html#{anchors[exercise.line]}" for exercise in lesson.exercises}
    links = [f'<a href="{place}" data-exercise="{id_}">{id_}</a>' for id_, place in places.items()]
    return f' <span class="lesson-exercises" hidden>{" ".join(links)}</span>' if links else ""


def _need(number: str, known: Mapping[str, Lesson]) -> str:
    return f"[{number}]({known[number].place}.ipynb)" if number in known else number


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _counted(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
