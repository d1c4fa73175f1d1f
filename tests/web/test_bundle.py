"""The bundle that lies in the package: its size, what it asks for, its colours; the numbers that hold the engine."""

import gzip
import json
import re
from pathlib import Path

import pytest
import torch

from looplab import load
from looplab.content import course_folder
from looplab.course.pages.live import STATIC, live_element, page_with, picture_file
from looplab.course.reading.live_figures import live_figures
from looplab.data.plain import numbers, rows
from looplab.figures.style import ACTIVATION_COLOURS, CLASS_COLOURS, LINEAR, NETWORK

from .fixtures import ACTIVATIONS, WRITTEN
from .fixtures import numbers as torch_numbers

BUNDLE = ("figures.js", "figures.css")
LIMIT_BYTES = 60_000
STILL_LIMIT_BYTES = 120_000


def test_all_figures_stay_below_sixty_kilobytes() -> None:
    assert sum(len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in BUNDLE) < LIMIT_BYTES


def test_the_script_asks_for_nothing() -> None:
    script = (STATIC / "figures.js").read_text(encoding="utf-8")
    wrong = re.findall(
        r"\bfetch\(|XMLHttpRequest|\bimport\(|\beval\(|\bFunction\(|sendBeacon|https?://[^\"'`)]*", script
    )
    assert set(wrong) <= {"http://www.w3.org/2000/svg"}  # the name of a language, not an address


def test_colours_are_those_of_the_course() -> None:
    style = (STATIC / "figures.css").read_text(encoding="utf-8")
    by_day = dict(re.findall(r"--live-([a-z0-9-]+):(#[0-9a-f]{3,6})", style.split("}")[0]))
    expected = {"linear": LINEAR, "network": NETWORK} | {name: ACTIVATION_COLOURS[name] for name in ACTIVATIONS}
    expected |= {f"class-{label}": colour for label, colour in enumerate(CLASS_COLOURS[:4])}
    assert {name: _long(by_day[name]) for name in expected} == expected


def _long(colour: str) -> str:
    """#abc as #aabbcc."""
    return colour if len(colour) == 7 else "#" + "".join(2 * digit for digit in colour[1:])


@pytest.mark.checkout
def test_the_numbers_that_hold_the_engine_are_pytorchs() -> None:
    """Run tests/web/fixtures.py where they are not; another machine's rounding may differ."""
    written, fresh = json.loads(WRITTEN.read_text(encoding="utf-8")), json.loads(json.dumps(torch_numbers()))
    assert _close(written, fresh)


def _close(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_close(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= 1e-5 * max(1.0, abs(other))
    return one == other


def test_each_figure_belongs_to_a_lesson_or_to_the_front_page() -> None:
    figures, course = live_figures(), course_folder()
    front = {name for name, figure in figures.items() if figure.source.parent == course / "figures"}
    assert front == {"loop"}
    assert all(
        figure.source.parent.parent.parent.parent == course for name, figure in figures.items() if name not in front
    )


@pytest.mark.parametrize("name", live_figures())
def test_a_figure_has_a_still_with_words(name: str) -> None:
    figure = live_figures()[name]
    assert figure.still().startswith("<svg")
    assert len(figure.still()) < STILL_LIMIT_BYTES
    assert len(re.findall(r"<desc>(.{40,})</desc>", figure.still())) == 1
    file = picture_file(figure, "A picture & more.")
    assert file.count("<style>") == 1
    assert "<desc>A picture &amp; more.</desc>" in file


@pytest.mark.parametrize("name", live_figures())
def test_the_data_of_a_figure_are_json_in_its_page(name: str) -> None:
    figure = live_figures()[name]
    element = live_element(figure, figure.still())
    scripts = re.findall(r'<script type="application/json" data-live-data="(.*?)">(.*?)</script>', element)
    if figure.data() is None:
        assert scripts == []
    else:
        assert [(found, json.loads(text)) for found, text in scripts] == [(name, figure.data())]


def test_rows_keep_every_bit() -> None:
    moons = load("moons")
    written = json.loads(json.dumps(rows(moons)))
    assert torch.equal(torch.tensor(written["inputs"]), moons.inputs)
    assert torch.equal(torch.tensor(written["targets"]), moons.targets)
    assert numbers(torch.tensor([0.1, -2.0])) == [0.1, -2.0]


def test_text_in_data_cannot_end_its_script(tmp_path: Path) -> None:
    folder = tmp_path / "figures"
    folder.mkdir()
    (tmp_path / "course.toml").write_text('title = "A course"\n')
    (folder / "odd.ts").write_text("")
    (folder / "odd.py").write_text("def data() -> list[str]:\n    return ['</script><b>']\n")
    page = page_with(live_element(live_figures(tmp_path)["odd"], ""), title="Odd")
    assert "</script><b>" not in page
    assert page.count("</script>") == 2
