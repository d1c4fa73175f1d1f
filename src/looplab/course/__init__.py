"""The course, by what happens to a lesson: it is read, checked, run, drawn as pages and served; answers are judged.

`check` and `show_figure` are here for notebooks: ``from looplab.course import check``. Importing this package loads
neither Sphinx nor Jupyter; each part loads what it needs when it is used.
"""

from typing import TYPE_CHECKING

from looplab.lazy import lazy_names

if TYPE_CHECKING:
    from looplab.course.answers import check
    from looplab.course.pages.live import show_figure
else:
    __getattr__, __dir__ = lazy_names(
        __name__, {"looplab.course.answers": ["check"], "looplab.course.pages.live": ["show_figure"]}
    )

__all__ = ["check", "show_figure"]
