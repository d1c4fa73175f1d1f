"""Figures that code has drawn, as they stand on a page: SVG in the page's colours, and what to see."""

import re
from typing import Any

__all__ = ["figure_box", "svg_of"]

_COLUMN = 680
"""The width of the column of text in CSS pixels; a figure may be wider."""

_WIDTH = re.compile(r'style="width:(\d+)px"')


def figure_box(svg: str, caption: str) -> str:
    """The figure and its caption, for Sphinx.

    Args:
        svg: see `looplab.figures.themed`.
        caption: what to see, as it is to be shown.
    """
    width = _WIDTH.search(svg)
    kind = "static-figure wide" if width is not None and int(width[1]) > _COLUMN else "static-figure"
    return f"""\
`````{{container}} {kind}
````{{raw}} html
{svg}
````

{{.figure-caption}}
{caption}
`````"""


def svg_of(output: Any) -> str:
    """The SVG in an output of a notebook's cell; empty if it holds none."""
    return str(output.get("data", {}).get("image/svg+xml", ""))
