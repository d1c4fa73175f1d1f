"""The course: its lessons, their checks, pages, exercises and server.

`check` is here for notebooks: ``from looplab.course import check``. Importing this package loads neither Sphinx nor
Jupyter nor torch; each part loads what it needs when it is used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from looplab.course.exercises import check

__all__ = ["check"]


def __getattr__(name: str) -> object:
    if name == "check":
        from looplab.course.exercises import check

        return check
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
