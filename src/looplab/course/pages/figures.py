"""Figures that live on a page: which there are, the data that each needs, and the element in which it stands.

A figure is a TypeScript file in a folder `figures` of a lesson, or of the course itself; its name is the file's (files
that begin with `_` help others). What it
shows of looplab's data comes from a Python file of the same name beside it, whose function `data` returns what JSON can
hold, so that no number is typed twice. An SVG of the same name is its still picture: what stands on the page until the
script runs, and in posts. `make web` bundles all figures into `static/figures.js` and draws the stills.
"""

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from looplab.content import course_folder, lesson_folders, load_module
from looplab.data import Dataset

__all__ = ["STATIC", "LiveFigure", "live_figures", "numbers", "page_with", "rows"]

STATIC = Path(__file__).with_name("static")
"""Where `figures.js` and `figures.css` lie."""


@dataclass(frozen=True, kw_only=True)
class LiveFigure:
    """A figure by its name.

    Args:
        name: as an author writes it, and as it stands in the element's `data-live`.
        source: its TypeScript file.
    """

    name: str
    source: Path

    def data(self) -> Any:
        """What the Python file beside it says that it needs; None where there is no such file."""
        source = self.source.with_suffix(".py")
        return load_module(source).data() if source.exists() else None

    def still(self) -> str:
        """The SVG that stands on the page until the script runs; its colours are the page's."""
        path = self.source.with_suffix(".svg")
        return path.read_text(encoding="utf-8").strip() if path.exists() else ""

    def still_file(self) -> str:
        """The SVG as a file of its own, with its colours."""
        style = (STATIC / "figures.css").read_text(encoding="utf-8").strip()
        place = re.compile(r"<svg\b[^>]*>")
        return place.sub(lambda match: f'{match[0]}<style>{style.replace(".live{", "svg{")}</style>', self.still(), count=1)

    def words(self) -> str:
        """What can be seen on the still, in words."""
        found = re.search(r"<desc>(.*?)</desc>", self.still(), re.DOTALL)
        return html.unescape(found[1]) if found else ""

    def element(self) -> str:
        """HTML: the element of the figure with its still, and its data."""
        place = f'<div class="live" data-live="{html.escape(self.name)}">{self.still()}</div>'
        data = self.data()
        return place if data is None else f"{place}\n{_script(self.name, data)}"


def live_figures(course: Path | None = None) -> dict[str, LiveFigure]:
    """The figures there are, by name.

    Args:
        course: the course's folder; the one that came with looplab when left out.
    """
    course = course or course_folder()
    folders = [course, *lesson_folders(course).values()]
    sources = [path for folder in folders for path in sorted((folder / "figures").glob("[!_]*.ts"))]
    return {path.stem: LiveFigure(name=path.stem, source=path) for path in sources}


def page_with(body: str, *, title: str = "Figures") -> str:
    """A page of its own that asks for nothing: with the figures' script and styles in it.

    Args:
        body: HTML of what stands on it.
        title: plain text.
    """
    style, script = ((STATIC / name).read_text(encoding="utf-8") for name in ("figures.css", "figures.js"))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{style}</style><style>{_PLAIN}</style></head>"
        f"<body><main><h1>{html.escape(title)}</h1>{body}</main><script>{script}</script></body></html>"
    )


_PLAIN = """
body{margin:0;background:#fff;color:#222;font:1rem/1.6 system-ui,"Segoe UI","Noto Sans","Liberation Sans",sans-serif}
main{max-width:680px;margin:0 auto;padding:1px 12px}
@media(prefers-color-scheme:dark){body:not([data-theme=light]){background:#131416;color:#ddd}}
"""


def _script(name: str, data: Any) -> str:
    text = json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
    return f'<script type="application/json" data-live-data="{html.escape(name)}">{text}</script>'


def rows(dataset: Dataset) -> dict[str, Any]:
    """The rows of a dataset: inputs N×D and targets N×O."""
    return {"inputs": numbers(dataset.inputs), "targets": numbers(dataset.targets)}


def numbers(tensor: Tensor) -> Any:
    """A float32 tensor as lists of numbers, each as short as it can be without a loss."""
    values = tensor.detach().numpy()
    assert values.dtype == np.float32
    return _shortest(values.tolist())


def _shortest(values: Any) -> Any:
    if isinstance(values, list):
        return [_shortest(value) for value in values]
    return float(str(np.float32(values)))
