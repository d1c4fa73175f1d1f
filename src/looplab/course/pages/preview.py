"""The picture of a page that is shown where somebody shares a link to it, and what else such a link shows."""

import io
import textwrap
from html import escape
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["HEIGHT", "WIDTH", "preview_picture", "preview_place", "preview_tags"]

WIDTH, HEIGHT = 1200, 630
"""In pixels: the size that most services show whole."""

_DPI = 100
_PAPER, _INK, _SOFT, _BLUE, _ORANGE = "#12395f", "#ffffff", "#c3d6ec", "#7db3ee", "#ffc46b"
_BEATS = ("predict", "measure", "gradient", "update")


def preview_place(page: str) -> str:
    """Where a page's picture lies among the pages.

    >>> preview_place("1-first-steps/1.2-a-step.html")
    'previews/1.2-a-step.png'
    """
    return f"previews/{PurePosixPath(page).stem}.png"


def preview_tags(*, title: str, description: str, site: str, picture: str) -> str:
    """The tags in a page's head that services read for a link.

    Args:
        title: the page's.
        description: of the page, a sentence or two.
        site: the course's title.
        picture: the address of the picture.
    """
    fields = {
        "og:type": "article",
        "og:site_name": site,
        "og:title": title,
        "og:description": description,
        "og:image": picture,
        "og:image:width": str(WIDTH),
        "og:image:height": str(HEIGHT),
        "og:image:alt": f"{title}: a ring of four beats, {', '.join(_BEATS)}",
    }
    tags = [f'<meta property="{name}" content="{escape(value)}">' for name, value in fields.items()]
    return "\n".join([*tags, '<meta name="twitter:card" content="summary_large_image">'])


def preview_picture(title: str, description: str, site: str) -> bytes:
    """The picture as PNG: the title, what the page is about, and the loop.

    Args:
        title: the page's.
        description: of the page, a sentence or two.
        site: the course's title.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH / _DPI, HEIGHT / _DPI), dpi=_DPI, facecolor=_PAPER)
    head = textwrap.wrap(title, 22)[:4]
    text: dict[str, Any] = {"va": "top", "parse_math": False}
    figure.text(0.06, 0.86, "\n".join(head), color=_INK, size=40, weight="bold", linespacing=1.15, **text)
    below = 0.86 - 0.115 * len(head) - 0.04
    about = textwrap.wrap(description, 44)[: max(1, int((below - 0.16) / 0.062))]
    figure.text(0.06, below, "\n".join(about), color=_SOFT, size=19, linespacing=1.4, **text)
    if title != site:
        figure.text(0.06, 0.07, site, color=_BLUE, size=17, va="bottom")
    _draw_loop(figure.add_axes((0.64, 0.16, 0.34, 0.34 * WIDTH / HEIGHT)))
    file = io.BytesIO()
    figure.savefig(file, format="png", metadata={"Software": None})
    return file.getvalue()


def _draw_loop(axes: "Axes") -> None:
    axes.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), aspect="equal")
    axes.axis("off")
    places = [(0, 1), (1, 0), (0, -1), (-1, 0)]
    arrow: dict[str, Any] = {
        "arrowstyle": "-|>",
        "lw": 4,
        "color": _BLUE,
        "mutation_scale": 28,
        "shrinkA": 34,
        "shrinkB": 34,
    }
    for here, there in zip(places, places[1:] + places[:1], strict=True):
        axes.annotate("", there, here, arrowprops=arrow | {"connectionstyle": "arc3,rad=-0.35"})
    for place, beat in zip(places, _BEATS, strict=True):
        color = _ORANGE if beat == "gradient" else _INK
        axes.text(*place, beat, color=color, size=20, weight="bold", ha="center", va="center")
