"""Figures that live: on a page with their data, in a post with a page of their own, in a notebook with a cell."""

import base64
import html
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest

from looplab.course import show_figure
from looplab.course.pages import CourseBuilder, export_lesson, lesson_notebook
from looplab.course.reading import find_lesson
from looplab.course.reading.live_figures import live_figures
from looplab.errors import ChoiceError

FENCE = """\
```{live} ball
caption: Drag it, as [halving](../9.2-halving/lesson.md) does.
alt: A ball & a
  bowl.
```
"""
STILL = '<svg viewBox="0 0 2 1" role="img"><title>Ball</title><desc>Its own words.</desc><path d="M0 0"/></svg>'
PAGE = "9-arithmetic/9.1-doubling.html"


@pytest.fixture(scope="module")
def course(kept_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up course with a figure that lives in lesson 9.1 and on the first page."""
    folder = shutil.copytree(kept_course, tmp_path_factory.mktemp("live") / "course")
    lesson = folder / "9-arithmetic/9.1-doubling"
    (lesson / "figures").mkdir()
    (lesson / "figures/ball.ts").write_text("")
    (lesson / "figures/ball.py").write_text("def data() -> list[str]:\n    return ['</script>']\n")
    (lesson / "figures/ball.svg").write_text(f"{STILL}\n")
    path = lesson / "lesson.md"
    path.write_text(path.read_text().replace("## In depth\n", f"## In depth\n\n{FENCE}"))
    index = folder / "index.md"
    index.write_text(f"# A course\n\nBefore.\n\n{FENCE.replace('../9.2', '9-arithmetic/9.2')}\nAfter it.\n")
    return folder


@pytest.fixture(scope="module")
def builder(course: Path, kept_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> CourseBuilder:
    return CourseBuilder(tmp_path_factory.mktemp("built"), course=course, cache=kept_cache)


def test_a_page_holds_the_element_its_still_and_its_data(builder: CourseBuilder) -> None:
    page = builder.build(PAGE).read_text(encoding="utf-8")
    (element,) = re.findall(r'<div class="live" data-live="ball">(.*?)</div>', page, re.DOTALL)
    assert element == STILL.replace("Its own words.", "A ball &amp; a bowl.")
    (data,) = re.findall(r'<script type="application/json" data-live-data="ball">(.*?)</script>', page)
    assert json.loads(data) == ["</script>"]
    (caption,) = re.findall(r'<p class="live-caption">(.*?)</p>', page, re.DOTALL)
    assert 'href="9.2-halving.html"' in caption
    assert "{live}" not in page
    for name in ("figures.js", "figures.css"):
        assert (builder.output / "_static" / name).is_file()
        assert f"../_static/{name}" in page


def test_the_first_page_shows_it_where_it_stands(builder: CourseBuilder) -> None:
    page = builder.build("index.html").read_text(encoding="utf-8")
    assert page.index("Before.") < page.index('data-live="ball"') < page.index("After it.")
    assert "{live}" not in page


@pytest.mark.parametrize("ending", [".py", ".svg"])
def test_a_page_is_built_anew_when_a_part_of_its_figure_has_changed(
    course: Path, kept_cache: Path, tmp_path: Path, ending: str
) -> None:
    copy = shutil.copytree(course, tmp_path / "course")
    builder = CourseBuilder(tmp_path / "built", course=copy, cache=kept_cache)
    before = builder.version(PAGE), builder.version("9-arithmetic/9.2-halving.html")
    part = live_figures(copy)["ball"].source.with_suffix(ending)
    part.write_text(part.read_text() + "\n")
    after = builder.version(PAGE), builder.version("9-arithmetic/9.2-halving.html")
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_post_has_its_still_and_links_to_the_figure_beside_it(course: Path, kept_cache: Path, tmp_path: Path) -> None:
    post = export_lesson("9.1", "post", tmp_path, course=course, cache=kept_cache).read_text(encoding="utf-8")
    folder = tmp_path / "9.1-doubling"
    assert "![A ball & a bowl.](9.1-doubling/ball.svg)" in post
    assert "*Drag it, as halving does.* [Move it yourself.](9.1-doubling/ball.html)" in post
    assert "{live}" not in post
    picture = (folder / "ball.svg").read_text(encoding="utf-8")
    assert "<desc>A ball &amp; a bowl.</desc>" in picture
    assert "--live-network" in picture, "its colours are in it"
    page = (folder / "ball.html").read_text(encoding="utf-8")
    assert 'data-live="ball"' in page
    assert "Drag it, as halving does." in page
    assert not re.findall(r'(?:src|href)="(?!#)', page)


def test_a_notebook_has_its_still_and_a_cell_that_shows_it(course: Path) -> None:
    notebook = lesson_notebook(find_lesson("9.1", course))
    nbformat.validate(notebook)
    at = next(i for i, cell in enumerate(notebook.cells) if "attachments" in cell)
    still, cell = notebook.cells[at : at + 2]
    assert still.source == (
        "![ball](attachment:ball.svg)\n\n*Drag it, as halving does.*\n\nIn words: A ball & a bowl.\n\n"
        "Run the next cell to move it yourself. It needs looplab: `pip install 'looplab[course]'`."
    )
    picture = base64.b64decode(still.attachments["ball.svg"]["image/svg+xml"]).decode()
    assert picture.startswith("<svg")
    assert cell.cell_type == "code"
    assert cell.source == 'from looplab.course import show_figure; show_figure("ball")'


def test_a_notebook_that_knows_the_pages_leads_to_the_figure_there(course: Path) -> None:
    lesson = find_lesson("9.1", course)
    notebook = lesson_notebook(lesson, "https://example.org/course")
    (still,) = (cell for cell in notebook.cells if "attachments" in cell)
    (address,) = re.findall(r"\[The figure on its page\]\((.*?)\)", still.source)
    page, _, anchor = address.partition("#")
    assert page == f"https://example.org/course/{lesson.place}.html"
    assert anchor in [heading.anchor for heading in lesson.headings]


def test_in_a_notebook_it_is_shown_in_a_frame_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    from IPython.testing.globalipapp import start_ipython
    from IPython.utils.capture import capture_output

    start_ipython()
    name = next(iter(live_figures()))
    with capture_output() as captured:
        show_figure(name)
    (output,) = captured.outputs
    frame = output.data["text/html"]
    (document,) = re.findall(r'srcdoc="(.*?)"', frame, re.DOTALL)
    assert f'data-live="{name}"' in html.unescape(document)
    assert f'title="{name}"' in frame


def test_a_figure_that_is_not_there_is_told() -> None:
    name = next(iter(live_figures()))
    with pytest.raises(ChoiceError, match=f"figure: expected one of .*{name}.*, got '{name}s'. Did you mean '{name}'?"):
        show_figure(f"{name}s")
