"""Live figures on a page: which ones there are, and what belongs to each.

A figure is a TypeScript file in a folder `figures` of a lesson, or of the course itself; its name is the file's (files
that begin with `_` help others). Any looplab data it shows comes from a Python file of the same name beside it, whose
function `data` returns what JSON can hold, so that no number is typed twice. An SVG of the same name is its still
picture: shown on the page until the script runs, and in posts and notebooks.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from looplab.content import course_folder, lesson_folders, load_module

__all__ = ["LiveFigure", "live_figures"]


@dataclass(frozen=True, kw_only=True)
class LiveFigure:
    """A figure by its name.

    Args:
        name: as a lesson names it, and as it stands in its element on the page.
        source: its TypeScript file.
    """

    name: str
    source: Path

    def data(self) -> Any:
        """The data it needs, from the Python file beside it; None if there is no such file.

        Raises:
            Exception: anything the file itself raises.
        """
        path = self.source.with_suffix(".py")
        return load_module(path).data() if path.exists() else None

    def still(self) -> str:
        """The SVG of its still picture, in the colours of the page on which it stands.

        Raises:
            OSError: it has not been drawn; `make web` draws it.
        """
        return self.source.with_suffix(".svg").read_text(encoding="utf-8").strip()

    def version(self) -> str:
        """Changes when the part of it that a page holds changes."""
        files = (self.source.with_suffix(ending) for ending in (".svg", ".py"))
        return "".join(path.read_text(encoding="utf-8") for path in files if path.exists())


def live_figures(course: Path | None = None) -> dict[str, LiveFigure]:
    """All figures, by name.

    Args:
        course: the course's folder; by default the one that came with looplab.
    """
    course = course or course_folder()
    folders = [course, *lesson_folders(course).values()]
    sources = [path for folder in folders for path in sorted((folder / "figures").glob("[!_]*.ts"))]
    return {path.stem: LiveFigure(name=path.stem, source=path) for path in sources}
