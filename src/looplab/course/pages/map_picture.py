"""The map as a picture: a column of boxes for each module, an arrow from each lesson to those that build on it."""

import textwrap
from collections.abc import Iterator
from html import escape

from looplab.course.pages.map import MapLesson, MapModule

__all__ = ["map_picture"]

WIDTH, HEIGHT = 220, 54
"""Of a box."""

GAP, STEP, TOP, MARGIN = 64, 72, 50, 34
"""Between columns; from box to box in a column; above the first box; left of the first column."""

_LINE, _CHARACTERS = 15, 24
_ARROW = """\
<defs><marker id="map-arrow" viewBox="0 0 8 8" refX="7.5" refY="4" markerWidth="7" markerHeight="7" orient="auto">\
<path class="map-tip" d="M0 0.5 L8 4 L0 7.5 z"/></marker></defs>"""


def map_picture(modules: list[MapModule]) -> str:
    """The picture as an HTML figure without empty lines, which Markdown lets through as it is.

    Its colours are the page's, in light and dark mode.
    """
    places = {
        lesson.number: (MARGIN + column * (WIDTH + GAP), TOP + row * STEP)
        for column, module in enumerate(modules)
        for row, lesson in enumerate(module.lessons)
    }
    width = MARGIN + len(modules) * (WIDTH + GAP) - GAP + 4
    height = TOP + max(len(module.lessons) for module in modules) * STEP - (STEP - HEIGHT) + 4
    parts = [
        '<figure class="course-map">',
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(_words(modules))}">',
        _ARROW,
        *_edges(modules, places),
        *(part for column, module in enumerate(modules) for part in _head(module, MARGIN + column * (WIDTH + GAP))),
        *(part for module in modules for lesson in module.lessons for part in _box(lesson, places[lesson.number])),
        "</svg>",
        f"<figcaption>{_caption(modules)}</figcaption>",
        "</figure>",
    ]
    return "\n".join(parts)


def _head(module: MapModule, x: int) -> Iterator[str]:
    for row, line in enumerate(textwrap.wrap(f"{module.number} · {module.title}", _CHARACTERS + 2)):
        yield f'<text class="map-module" x="{x}" y="{16 + row * _LINE}">{escape(line)}</text>'


def _box(lesson: MapLesson, place: tuple[int, int]) -> Iterator[str]:
    x, y = place
    kind = "map-box" if lesson.source else "map-box map-coming"
    yield f'<rect class="{kind}" x="{x}" y="{y}" width="{WIDTH}" height="{HEIGHT}" rx="7"/>'
    yield f'<text class="map-number" x="{x + 10}" y="{y + HEIGHT / 2 + 5}">{lesson.number}</text>'
    lines = textwrap.wrap(lesson.title, _CHARACTERS)
    if len(lines) > 3:
        lines = [*lines[:2], f"{lines[2][: _CHARACTERS - 1]}…"]
    first = y + HEIGHT / 2 + 5 - (len(lines) - 1) * _LINE / 2
    for row, line in enumerate(lines):
        yield f'<text class="map-title" x="{x + 42}" y="{first + row * _LINE}">{escape(line)}</text>'


def _edges(modules: list[MapModule], places: dict[str, tuple[int, int]]) -> Iterator[str]:
    for module in modules:
        for lesson in module.lessons:
            for need in lesson.needs:
                if need in places:
                    path = _path(places[need], places[lesson.number])
                    yield f'<path class="map-edge" d="{path}" marker-end="url(#map-arrow)"/>'


def _path(start: tuple[int, int], end: tuple[int, int]) -> str:
    """From one box to another: down, around on the left, or across to a later column."""
    (x1, y1), (x2, y2) = start, end
    if x1 == x2 and y2 - y1 == STEP:
        return f"M{x1 + WIDTH / 2} {y1 + HEIGHT} V{y2 - 1}"
    from_y, to_y = y1 + HEIGHT / 2, y2 + HEIGHT / 2
    if x1 == x2:
        from_y, to_y, out = from_y + 8, to_y - 8, 10 + 6 * (y2 - y1) / STEP
        return f"M{x1} {from_y} C{x1 - out} {from_y} {x1 - out} {to_y} {x2 - 1} {to_y}"
    bend = GAP * 0.6
    return f"M{x1 + WIDTH} {from_y} C{x1 + WIDTH + bend} {from_y} {x2 - bend} {to_y} {x2 - 1} {to_y}"


def _caption(modules: list[MapModule]) -> str:
    text = "An arrow leads from a lesson to one that builds on it."
    coming = any(not lesson.source for module in modules for lesson in module.lessons)
    return f"{text} Dashed boxes are lessons to come." if coming else text


def _words(modules: list[MapModule]) -> str:
    columns = "; ".join(
        f"module {module.number}, {module.title}, lessons {module.lessons[0].number} to {module.lessons[-1].number}"
        for module in modules
    )
    needs = " ".join(
        f"{lesson.number} builds on {', '.join(lesson.needs)}."
        for module in modules
        for lesson in module.lessons
        if lesson.needs
    )
    return f"Map of the lessons, a column of boxes for each module: {columns}. {needs}"
