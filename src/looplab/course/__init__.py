"""The course, by what happens to a lesson: it is read, checked, run, drawn as pages and served; answers are judged.

`check` and `show_figure` are here for notebooks: ``from looplab.course import check``. Importing this package loads
neither Sphinx nor Jupyter; each part loads what it needs when it is used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from looplab.course.answers import check
    from looplab.course.pages.live import show_figure

__all__ = ["check", "show_figure"]


def __getattr__(name: str) -> object:
    if name == "check":
        from looplab.course.answers import check

        return check
    if name == "show_figure":
        from looplab.course.pages.live import show_figure

        return show_figure
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
