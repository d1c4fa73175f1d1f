"""A figure as SVG inside a page: its colours by day and night, its words, its weight."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from looplab.course.pages.night import by_night
from looplab.course.pages.themed import drawn, themed

PALETTE = Path(__file__).parents[3] / "web" / "src" / "palette.json"
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


def luminance(colour: str) -> float:
    """As WCAG defines it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted([luminance(one), luminance(other)])
    return (lighter + 0.05) / (darker + 0.05)


def new_axes() -> tuple[Figure, Axes]:
    figure = Figure(figsize=(6, 4))
    return figure, figure.add_subplot()


def shown(figure: Figure, name: str = "a") -> str:
    svg = themed(drawn(figure), name=name, alt='a "figure"')
    ElementTree.fromstring(svg)
    return svg


@given(COLOURS)
def test_what_can_be_read_on_white_can_be_read_by_night(colour: str) -> None:
    night = by_night(colour)
    assert re.fullmatch("#[0-9a-f]{6}", night)
    if contrast(colour, "#ffffff") >= 4.5:
        assert contrast(night, by_night("#ffffff")) >= 4.5


@pytest.mark.checkout
def test_the_colours_of_live_figures_are_the_same_by_night() -> None:
    ambiguous = {"#ffffff", "#111111"}
    pairs = {day: night for day, night in json.loads(PALETTE.read_text()).values() if day not in ambiguous}
    same = ["#222222", "#6b6b6b", "#1f5fa8", "#b84f00", "#0b7d7d", "#6f3fa0", "#12395f", "#e08a1e"]
    assert {day: by_night(day) for day in same} == {day: pairs[day] for day in same}


def test_colours_come_twice_and_the_page_is_the_background() -> None:
    figure, axes = new_axes()
    axes.plot([0, 1], [0, 1], color="#12395f")
    axes.text(0, 1, "there", bbox={"facecolor": "white"})
    svg = shown(figure)
    assert "stroke:#12395f;stroke:light-dark(#12395f,#6ea8e6)" in svg
    assert svg.count("fill:#ffffff") == 1  # the box behind the text, which hides what is behind it
    assert 'style="width:600px"' in svg


def test_words_are_text_in_the_font_of_the_page() -> None:
    figure, axes = new_axes()
    axes.set(title="A title & more", xlabel="$x_1$")
    svg = shown(figure)
    assert ">A title &amp; more</text>" in svg
    assert "font-family" not in svg
    assert 'role="img" aria-label="a &quot;figure&quot;"' in svg


def test_two_figures_on_a_page_share_no_name() -> None:
    figure, axes = new_axes()
    axes.plot([0, 1], [0, 1], "s-")
    names = [set(re.findall(r'(?:id|class)="([^"]+)"', shown(figure, name))) - {"themed"} for name in ("a", "b")]
    assert names[0]
    assert not names[0] & names[1]
    svg = shown(figure)
    used = re.findall(r'(?:href="#|url\(#)([^")]+)', svg)
    assert used
    assert set(used) <= set(re.findall(r' id="([^"]+)"', svg))


def test_a_thousand_dots_are_one_line_with_round_caps() -> None:
    figure, axes = new_axes()
    places = np.random.default_rng(0).random((2, 1000))
    axes.plot(*places, "o", color="#1f5fa8", markersize=4, markeredgewidth=0, alpha=0.5)
    svg = shown(figure)
    (dots,) = re.findall(r'<path [^>]*d="(M[^"]*h0)"', svg)
    assert dots.count("h0") == 1000
    colours = "stroke:#1f5fa8;stroke:light-dark(#1f5fa8,#7db3ee)"
    assert f"stroke-linecap:round;{colours};stroke-width:4.00;stroke-opacity:0.5" in svg
    assert len(svg) < 40_000


@pytest.mark.parametrize("style", [{"marker": "s"}, {"marker": "o", "markeredgecolor": "white"}])
def test_other_marks_stay_as_they_are(style: dict[str, str]) -> None:
    figure, axes = new_axes()
    axes.plot(range(20), range(20), linestyle="", **style)  # type: ignore[arg-type]  # styles by name
    svg = shown(figure)
    assert "h0" not in svg
    assert svg.count("<use") >= 20


def test_equal_figures_give_equal_text() -> None:
    texts = []
    for _ in range(2):
        figure, axes = new_axes()
        axes.plot([0, 1], [0, 1], "o")
        texts.append(shown(figure))
    assert texts[0] == texts[1]
