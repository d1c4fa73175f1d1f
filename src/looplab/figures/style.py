"""The course's one language of figures: colours, line styles, markers, sizes, alternative text."""

import math
import string
import textwrap
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.textpath import TextPath

from looplab.data.words import printable
from looplab.models import ACTIVATIONS

__all__ = [
    "ACTIVATION_COLOURS",
    "CLASS_COLOURS",
    "CLASS_MARKERS",
    "GREY",
    "INK",
    "LINEAR",
    "NETWORK",
    "alternative_text",
    "literal",
    "new_figure",
    "widest_line",
    "with_alternative_text",
    "wrapped",
]

INK = "#222222"
GREY = "#8a8a8a"
LINEAR = "#6b6b6b"
NETWORK = "#1f5fa8"
CLASS_COLOURS = (
    "#12395f",
    "#e08a1e",
    "#7fb7a3",
    "#8c3b6f",
    "#c9c04a",
    "#4d4d4d",
    "#b7d3ee",
    "#d0543c",
    "#2f7d4f",
    "#b39ddb",
)
"""By class; the first two differ in lightness as well as in hue."""
CLASS_MARKERS = ("o", "^", "s", "D", "v", "P", "X", "<", ">", "*")
ACTIVATION_COLOURS = {"none": LINEAR} | {name: entry.colour for name, entry in ACTIVATIONS.items()}
"""Each at least 4.5:1 against white."""

_SETTINGS: dict[Any, Any] = {  # matplotlib types the keys one by one
    "figure.dpi": 110,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "font.size": 12,
    "axes.titlesize": 13,
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "text.color": INK,
    "lines.linewidth": 2.0,
    "legend.frameon": False,
}


_NAME_CHARACTERS = 22
"""Of a line of a name beside an axis."""


@contextmanager
def _style() -> Iterator[None]:
    with mpl.rc_context(_SETTINGS):
        yield


def new_figure(panels: int = 1, *, width: float = 6.0, height: float = 4.0) -> tuple[Figure, list[Axes]]:
    """A figure in the course's style with panels side by side; pyplot does not keep it.

    Args:
        panels: number of axes in one row.
        width: inches of one panel.
        height: inches of the figure.
    """
    with _style():
        figure = Figure(figsize=(width * panels, height), layout="constrained")
        axes = [figure.add_subplot(1, panels, panel + 1) for panel in range(panels)]
    return figure, axes


def with_alternative_text(figure: Figure, text: str) -> Figure:
    """The figure, with the words for someone who cannot see it: read them with `alternative_text`."""
    figure.set_label(text)
    return figure


def alternative_text(figure: Figure) -> str:
    """What a figure of looplab says to someone who cannot see it."""
    return str(figure.get_label())


def literal(name: str) -> str:
    """A name that is drawn as it is: its dollars begin no formula, and what cannot be drawn is shown."""
    return printable(name).replace("$", r"\$")


def wrapped(name: str) -> str:
    """A name as it stands beside an axis, in as many lines as it needs; a word that is too long is divided."""
    return "\n".join(map(literal, textwrap.wrap(name, _NAME_CHARACTERS)))


def widest_line(names: Iterable[str]) -> int:
    """How many letters of middling width take the room of the widest line of some names, as they are drawn."""
    lines = [line for name in names for line in name.split("\n")]
    return math.ceil(max(map(_drawn_width, lines)) * len(string.ascii_lowercase) / _drawn_width(string.ascii_lowercase))


def _drawn_width(line: str) -> float:
    return float(TextPath((0, 0), line.replace(r"\$", "S"), size=10).get_extents().width) if line.strip() else 0.0
