"""A claim on a page, in a notebook and in a post: sentence, verdict, numbers, picture, and how to measure it again."""

import base64
import html
import io
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from PIL import Image

from looplab.course.pages import CourseBuilder, export_lesson, lesson_notebook
from looplab.course.pages.claim_box import claim_box
from looplab.course.pages.claims import Measured, measured
from looplab.course.reading import find_lesson
from looplab.experiments import find_file, ledger_path

ID = "wider-fails-less"
SENTENCE = "Wider layers fail less often on the moons."
LESSON = "9-arithmetic/9.1-doubling"
PAGE = "9-arithmetic/9.1-doubling.html"
EVIDENCE = (
    "16 units is above 0.15 less often than 8 units. Holds. "
    "Difference of shares, 16 units − 8 units: -0.25 [-0.319, -0.182]."
)
ALT = "Dot plot of training loss after 1000 steps (nats), one dot a seed, one row for each of 4 arms. 8 units: median"
RERUN = f"looplab experiment run {ID}"

ChangeEntry = Callable[..., object]


@pytest.fixture(scope="module")
def course(kept_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up course with a claim in lesson 9.1, and a ledger."""
    folder = shutil.copytree(kept_course, tmp_path_factory.mktemp("claims") / "course")
    path = folder / "9-arithmetic/9.1-doubling/lesson.md"
    text = path.read_text().replace("experiments: []", f"experiments: [{ID}]")
    text = text.replace("## In depth\n", f"## In depth\n\n```{{claim}} {ID}\n{SENTENCE}\n```\n")
    path.write_text(text)
    for name, file in (("experiments", find_file(ID).path), ("measured", ledger_path(ID))):
        (folder / LESSON / name).mkdir()
        shutil.copy(file, folder / LESSON / name)
    return folder


@pytest.fixture(scope="module")
def builder(course: Path, kept_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> CourseBuilder:
    """What built the page of lesson 9.1."""
    builder = CourseBuilder(tmp_path_factory.mktemp("pages"), course=course, cache=kept_cache)
    builder.build(PAGE)
    return builder


@pytest.fixture
def change_entry(course: Path) -> Iterator[ChangeEntry]:
    """A function that changes fields of the entry in the made-up course's ledger, for one test."""
    path = course / LESSON / "measured" / f"{ID}.json"
    kept = path.read_text()
    yield lambda **fields: path.write_text(json.dumps(json.loads(kept) | fields))
    path.write_text(kept)


def first_claim(course: Path) -> Measured:
    lesson = find_lesson("9.1", course)
    return measured(lesson.claims[0], lesson)


def test_a_page_shows_one_line_and_all_numbers_on_demand(builder: CourseBuilder) -> None:
    page = (builder.output / PAGE).read_text(encoding="utf-8")
    text = " ".join(html.unescape(re.sub(r"<[^>]+>", "", page)).split())
    assert f"✓ Holds. {SENTENCE} 256 seeds 8 units" in text
    box = page[page.index("claim-line") :]
    assert box.index(SENTENCE) < box.index('<div class="claim-strip"') < box.index('<details class="claim-more">')
    on_demand = box[box.index('<details class="claim-more">') : box.index("</details>")]
    assert "interquartile mean" in on_demand
    assert RERUN in re.sub(r"<[^>]+>", "", on_demand)
    assert "What the seeds say, with intervals in brackets that hold all at once in 95 % of repetitions:" in text
    assert EVIDENCE in text
    assert "8 units 0.059 0.0713 [0.0586, 0.0938] 28 % [23 %, 34 %]" in text
    assert "Measured: training loss after 1000 steps (nats). A run above 0.15 counts as failed. Seeds 0 to 255" in text
    assert f"Measure it again: {RERUN}" in text
    assert "{claim}" not in text


def test_a_page_shows_the_strip_and_the_large_figure_with_their_words(builder: CourseBuilder) -> None:
    page = (builder.output / PAGE).read_text(encoding="utf-8")
    strip = page[page.index('<div class="claim-strip"') : page.index('<details class="claim-more">')]
    assert f'role="img" aria-label="{ALT}' in strip
    assert re.findall(r'strip-name">([^<]+)', strip) == ["8 units", "16 units", "32 units", "64 units"]
    assert strip.count('class="strip-seeds"') == strip.count('class="strip-limit"') == 4
    assert "training loss after 1000 steps (nats)" in strip
    figure = page[page.index('<svg class="themed"') :]
    assert f'aria-label="{ALT}' in figure[: figure.index(">")]
    assert "One dot for each of 256 seeds." in figure


def test_a_sentence_that_turned_out_wrong_says_that_it_was_expected(course: Path, change_entry: ChangeEntry) -> None:
    evidence = json.loads(ledger_path(ID).read_text())["evidence"][:1]
    change_entry(verdict="refuted", evidence=[evidence[0] | {"verdict": "refuted"}])
    found = first_claim(course)
    box = claim_box(replace(found, claim=replace(found.claim, said="refuted")), SENTENCE)
    assert f"✗ Refuted.</span> <em>Expected:</em> {SENTENCE}" in box
    assert "claim-refuted" in box
    again = claim_box(replace(found, claim=replace(found.claim, said="refuted")), f"Expected: {SENTENCE}")
    assert f"✗ Refuted.</span> Expected: {SENTENCE}" in again


def test_a_page_is_built_anew_when_the_ledger_has_changed(builder: CourseBuilder, change_entry: ChangeEntry) -> None:
    assert builder.is_built(PAGE)
    change_entry(threads=3)
    assert not builder.is_built(PAGE)


def test_a_post_holds_the_claim_as_text_and_a_picture_beside_it(course: Path, kept_cache: Path, tmp_path: Path) -> None:
    post = export_lesson("9.1", "post", tmp_path, course=course, cache=kept_cache)
    text = post.read_text()
    assert f"> *Claim (✓ holds, over 256 seeds).* {SENTENCE}\n\n![{ALT}" in text
    assert f"](9.1-doubling/{ID}.png)\n\n*One dot for each of 256 seeds." in text
    assert f"- {EVIDENCE}\n" in text
    assert f"`{RERUN}`" in text
    assert "{claim}" not in text
    with Image.open(tmp_path / "9.1-doubling" / f"{ID}.png") as picture:
        assert picture.format == "PNG"
    assert (tmp_path / "9.1-doubling" / "figure-1.png").is_file()


def test_a_notebook_carries_the_picture_in_the_cell(course: Path) -> None:
    lesson = find_lesson("9.1", course)
    notebook = lesson_notebook(lesson)
    nbformat.validate(notebook)
    (cell,) = (cell for cell in notebook.cells if SENTENCE in cell.source)
    assert cell.cell_type == "markdown"
    assert f"> *Claim (✓ holds, over 256 seeds).* {SENTENCE}\n\n![{ALT}" in cell.source
    assert f"](attachment:{ID}.png)" in cell.source
    assert f"- {EVIDENCE}\n" in cell.source
    picture = base64.b64decode(cell.attachments[f"{ID}.png"]["image/png"])
    with Image.open(io.BytesIO(picture)) as image:
        assert image.format == "PNG"
    assert lesson_notebook(lesson) == notebook


@pytest.mark.parametrize(("verdict", "sign"), [("undecided", "?"), ("refuted", "✗")])
def test_a_verdict_is_a_word_with_a_sign(course: Path, change_entry: ChangeEntry, verdict: str, sign: str) -> None:
    evidence = json.loads(ledger_path(ID).read_text())["evidence"][:1]
    change_entry(verdict=verdict, evidence=[evidence[0] | {"verdict": verdict}])
    found = first_claim(course)
    assert found.verdict == f"{sign} {verdict}, over 256 seeds"
    assert found.lead == "What the seeds say, with the 95 % interval in brackets:"
    assert "Holds." not in found.evidence[0]


def test_the_picture_follows_the_ledger(course: Path, change_entry: ChangeEntry) -> None:
    before = first_claim(course).picture
    change_entry(measured="loss at the end")
    after = first_claim(course).picture
    assert after.alt.startswith("Dot plot of loss at the end, one dot a seed")
    assert after.png != before.png


def test_the_table_says_how_many_failed_only_where_runs_can_fail(course: Path, change_entry: ChangeEntry) -> None:
    assert first_claim(course).table.startswith("|  | median | interquartile mean [95 %] | failed [95 %] |")
    entry = json.loads(ledger_path(ID).read_text())
    change_entry(fails_above=None, arms=[arm | {"failures": 0} for arm in entry["arms"]])
    found = first_claim(course)
    assert "failed" not in found.table
    assert found.measure == "Measured: training loss after 1000 steps (nats)."
    assert "dashed" not in found.picture.caption
