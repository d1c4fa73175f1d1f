"""Figures that live on a page: which there are, and what belongs to each.

A figure is a TypeScript file in a folder `figures` of a lesson, or of the course itself; its name is the file's (files
that begin with `_` help others). What it shows of looplab's data comes from a Python file of the same name beside it,
whose function `data` returns what JSON can hold, so that no number is typed twice. An SVG of the same name is its still
picture: what stands on the page until the script runs, and in posts and notebooks.
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
        """What the Python file beside it says that it needs; None where there is no such file.

        Raises:
            Exception: whatever the file itself raises.
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
        """Changes with what a page holds of it."""
        files = (self.source.with_suffix(ending) for ending in (".svg", ".py"))
        return "".join(path.read_text(encoding="utf-8") for path in files if path.exists())


def live_figures(course: Path | None = None) -> dict[str, LiveFigure]:
    """The figures there are, by name.

    Args:
        course: the course's folder; the one that came with looplab when left out.
    """
    course = course or course_folder()
    folders = [course, *lesson_folders(course).values()]
    sources = [path for folder in folders for path in sorted((folder / "figures").glob("[!_]*.ts"))]
    return {path.stem: LiveFigure(name=path.stem, source=path) for path in sources}
