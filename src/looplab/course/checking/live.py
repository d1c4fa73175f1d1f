"""Checks of live figures: the figure exists with all its parts, and its fence says what it shows."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path

from looplab.course.checking.sentence import markdown_faults
from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.live_figures import LiveFigure, live_figures
from looplab.course.reading.parts import Live

__all__ = ["live_faults"]


def live_faults(lesson: Lesson, folder: Path) -> Iterator[Fault]:
    """What is wrong with the live figures of a lesson or another page.

    Args:
        lesson: the lesson or the page.
        folder: the course's folder.
    """
    figures = live_figures(folder) if lesson.live else {}
    shown: set[str] = set()
    for live in lesson.live:
        line = live.fence.line
        yield from (Fault(lesson.path, at, reason) for at, reason in _fence_faults(live))
        yield from markdown_faults(lesson, live.caption, line, folder)
        if live.name not in figures:
            yield Fault(lesson.path, line, _unknown(live.name, figures))
        elif live.name in shown:
            yield Fault(lesson.path, line, f"the figure '{live.name}' is shown twice on this page")
        else:
            shown.add(live.name)
            reason = _broken(figures[live.name])
            if reason:
                yield Fault(lesson.path, line, reason)


def _fence_faults(live: Live) -> Iterator[tuple[int, str]]:
    missing = [name for name, text in (("caption", live.caption), ("alt", live.alt)) if not text]
    if missing:
        names = " and ".join(f"'{name}: …'" for name in missing)
        yield (
            live.fence.line,
            f"a live figure needs {names}: what to see, and what someone who cannot see it needs",
        )
    for line in live.other_lines:
        yield line, "expected 'caption:', 'alt:' or a line that goes on and begins with a space"


def _unknown(name: str, figures: dict[str, LiveFigure]) -> str:
    near = get_close_matches(name, figures, 1, 0.5)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(figures) or 'none'}"
    return f"no figure is called '{name}': {hint}"


def _broken(figure: LiveFigure) -> str:
    """What is missing from the files beside the figure's source; empty if nothing is."""
    try:
        json.dumps(figure.data(), allow_nan=False)
    except Exception as error:  # noqa: BLE001 - the author's own code may raise anything
        return f"the data of the figure '{figure.name}': {type(error).__name__}: {error}"
    try:
        figure.still()
    except OSError:
        return f"the figure '{figure.name}' has no still picture: run make web"
    return ""
