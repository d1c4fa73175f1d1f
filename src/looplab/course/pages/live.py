"""Figures that live on a page: which there are, the data that each needs, and the element in which it stands.

A figure is a TypeScript file in a folder `figures` of a lesson, or of the course itself; its name is the file's. What it
shows of looplab's data comes from a Python file of the same name beside it, whose function `data` returns what JSON can
hold, so that no number is typed twice. `make web` bundles all of them into `static/figures.js`.

On the page the figure takes the place of what stands in its element, so that a reader without JavaScript sees that.
"""

import html
import json
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from looplab.content import course_folder, lesson_folders, load_module
from looplab.data import Dataset
from looplab.errors import require_choice

__all__ = ["BUNDLE", "figure_data", "figure_html", "figure_paths", "numbers", "rows"]

BUNDLE = ("figures.js", "figures.css")
"""In the folder `static`, beside this file."""


def figure_paths(course: Path | None = None) -> dict[str, Path]:
    """The figures there are: by name, the TypeScript file.

    Args:
        course: the course's folder; the one that came with looplab when left out.
    """
    course = course or course_folder()
    folders = [course, *lesson_folders(course).values()]
    return {path.stem: path for folder in folders for path in sorted((folder / "figures").glob("*.ts"))}


def figure_data(path: Path) -> Any:
    """What the Python file beside a figure says that it needs; None where there is no such file."""
    source = path.with_suffix(".py")
    return load_module(source).data() if source.exists() else None


def figure_html(name: str, still: str, *, course: Path | None = None) -> str:
    """The element of a figure with its data.

    Args:
        name: of the figure, which is the name of its file.
        still: HTML of what stands there without JavaScript.
        course: the course's folder.

    Raises:
        ChoiceError: there is no such figure; lists those there are.
    """
    figures = figure_paths(course)
    require_choice("figure", name, figures)
    data = figure_data(figures[name])
    element = f'<div class="live" data-live="{html.escape(name)}">\n{still}\n</div>'
    return element if data is None else f"{element}\n{_script(name, data)}"


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
