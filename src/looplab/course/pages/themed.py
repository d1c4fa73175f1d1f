"""A figure as SVG inside a page: in the page's colours by day and by night, with its words, and light."""

import io
import math
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from looplab.course.pages.night import PAPER, by_night

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["drawn", "themed"]

_PIXELS_PER_POINT = 100 / 72
"""On a page an inch of a figure is 100 CSS pixels."""

_HEX = re.compile(r"#[0-9a-fA-F]{6}\b")
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?:e-?\d+)?")
_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_LEFT_OUT = {"metadata", "style"}
_FEWEST_DOTS = 12


def drawn(figure: "Figure") -> str:
    """The figure as matplotlib writes it, with its texts as text."""
    import matplotlib as mpl

    file = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "looplab"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    return file.getvalue()


def themed(svg: str, *, name: str, alt: str) -> str:
    """An SVG of matplotlib's, to stand inside a page.

    Its colours follow the page's by night, what lies behind it is the page, and its texts are in the page's font.

    Args:
        svg: the file's text.
        name: begins all ids and classes, so that figures on one page do not disturb each other.
        alt: what it shows, for someone who cannot see it.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  # drawn by matplotlib, not handed in
    styles: dict[str, str] = {}
    radii = _radii(root)
    for parent in root.iter():
        for at, child in enumerate(parent):
            if len(child) >= _FEWEST_DOTS:
                parent[at] = _line_of_dots(child, radii)
    body = "".join(_written(child, name, styles) for child in root)
    rules = "".join(f".{kind}{{{_by_day_and_night(style)}}}" for style, kind in styles.items())
    width = float(root.get("width", "432pt").removesuffix("pt")) * _PIXELS_PER_POINT
    return (
        f'<svg class="themed" viewBox="{_short(root.get("viewBox", ""))}" style="width:{width:.0f}px" role="img"'
        f' aria-label="{escape(alt)}"><style>{rules}</style>{body}</svg>'
    )


def _written(element: ElementTree.Element, name: str, styles: dict[str, str]) -> str:
    """An element and what is in it, without line breaks, ids that nothing refers to, and the page behind it."""
    tag = element.tag.rpartition("}")[2]
    if tag in _LEFT_OUT or _is_background(element):
        return ""
    inside = "".join(_written(child, name, styles) for child in element)
    if tag in {"g", "defs"} and not inside:
        return ""
    attributes = "".join(f' {key}="{escape(value)}"' for key, value in _attributes(element, tag, name, styles))
    text = escape(element.text, quote=False) if tag in {"text", "tspan"} and element.text else ""
    return f"<{tag}{attributes}>{text}{inside}</{tag}>" if inside or text else f"<{tag}{attributes}/>"


def _is_background(element: ElementTree.Element) -> bool:
    """Whether it is the white rectangle of the whole figure or of a panel."""
    if element.get("id", "") not in {"patch_1", "patch_2"}:
        return False
    style = element[0].get("style", "") if len(element) else ""
    return style.replace(" ", "") == f"fill:{PAPER}"


def _attributes(element: ElementTree.Element, tag: str, name: str, styles: dict[str, str]) -> Iterator[tuple[str, str]]:
    for key, value in element.attrib.items():
        if key == "style":
            kind = styles.setdefault(_plain(value), f"{name}-s{len(styles)}")
            yield "class", kind
        elif key == _LINK:
            yield "href", f"#{name}-{value[1:]}" if value.startswith("#") else value
        elif key == "id" and tag not in {"g", "text", "tspan"}:
            yield "id", f"{name}-{value}"
        elif key != "id" and not (key == "transform" and value.startswith("rotate(-0 ")):
            yield key.rpartition("}")[2], _REFERENCE.sub(rf"url(#{name}-\1)", _short(value))


def _plain(style: str) -> str:
    """A style without the font's name: the page has its own."""
    return ";".join(f"{key}:{value}" for key, value in _pairs(style) if key and key != "font-family")


def _by_day_and_night(style: str) -> str:
    """The style with each colour twice; a browser that does not know the second form keeps to the first."""
    return ";".join(
        f"{part};{_HEX.sub(lambda found: f'light-dark({found[0]},{by_night(found[0])})', part)}"
        if _HEX.search(part)
        else part
        for part in style.split(";")
    )


def _short(text: str) -> str:
    """The text with its numbers rounded to hundredths of a point, and its line breaks as spaces."""
    rounded = _NUMBER.sub(lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), text)
    return " ".join(rounded.split())


def _line_of_dots(uses: ElementTree.Element, radii: Mapping[str, float]) -> ElementTree.Element:
    """Many equal round dots as one path with round caps, which is far shorter; anything else as it is."""
    style, radius = dict(_pairs(uses[0].get("style", ""))), radii.get(uses[0].get(_LINK, ""), 0)
    equal = {(use.get(_LINK), use.get("style")) for use in uses} == {(uses[0].get(_LINK), uses[0].get("style"))}
    if not radius or not equal or "fill" not in style or style.get("stroke", style["fill"]) != style["fill"]:
        return uses
    edge = float(style.get("stroke-width", "1")) if "stroke" in style else 0
    line = ElementTree.Element("path", {key: value for key, value in uses.attrib.items() if key != "id"})
    line.set("d", "".join(f"M{_short(use.get('x', ''))} {_short(use.get('y', ''))}h0" for use in uses))
    opacity = f";stroke-opacity:{style['fill-opacity']}" if "fill-opacity" in style else ""
    width = f"stroke-width:{2 * radius + edge:.2f}"
    line.set("style", f"fill:none;stroke-linecap:round;stroke:{style['fill']};{width}{opacity}")
    return line


def _radii(root: ElementTree.Element) -> dict[str, float]:
    """The radius of each dot that is a circle, by how it is referred to."""
    shapes = root.iter(f"{_SVG}path")
    return {f"#{shape.get('id')}": _radius(shape.get("d", "")) for shape in shapes if shape.get("id")}


def _radius(path: str) -> float:
    """The radius of a circle around the origin; 0 for any other shape."""
    numbers = [float(number) for number in re.findall(r"-?\d+(?:\.\d+)?", path)]
    ends = list(zip(numbers[0::2], numbers[1::2], strict=False))[::3]
    radius = numbers[1] if len(numbers) > 1 else 0.0
    is_round = path.count("C") == 8 and all(math.isclose(math.hypot(*end), radius, rel_tol=1e-3) for end in ends)
    return radius if is_round else 0.0


def _pairs(style: str) -> Iterator[tuple[str, str]]:
    for part in style.split(";"):
        key, _, value = part.partition(":")
        yield key.strip(), value.strip()
