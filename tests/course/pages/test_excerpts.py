"""Code of looplab on a page, in a notebook and in a post: highlighted or fenced, with caption and place; never run."""

import re
import shutil
from pathlib import Path

import pytest

import looplab
from looplab.course.pages import CourseBuilder, export_lesson, lesson_notebook
from looplab.course.reading import find_lesson
from looplab.course.reading.excerpts import Excerpt, excerpt

FENCE = """\
```{source} looplab.loop.train:train
from: optimizer.zero_grad()
to: optimizer.step()
The four beats, as [halving](../9.2-halving/lesson.md) has them too.
```
"""
PAGE = "9-arithmetic/9.1-doubling.html"


@pytest.fixture(scope="module")
def course(kept_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up course with included code in lesson 9.1."""
    folder = shutil.copytree(kept_course, tmp_path_factory.mktemp("included") / "course")
    path = folder / "9-arithmetic/9.1-doubling/lesson.md"
    path.write_text(path.read_text().replace("## In depth\n", f"## In depth\n\n{FENCE}"))
    return folder


@pytest.fixture(scope="module")
def found(course: Path) -> Excerpt:
    """What the fence shows."""
    return excerpt(find_lesson("9.1", course).included[0])


def test_a_page_shows_it_highlighted_with_caption_and_place(
    course: Path, found: Excerpt, kept_cache: Path, tmp_path: Path
) -> None:
    builder = CourseBuilder(tmp_path, course=course, cache=kept_cache)
    page = builder.build(PAGE).read_text(encoding="utf-8")
    (box,) = re.findall(r'<div class="included.*?included-caption.*?</p>', page, re.DOTALL)
    assert found.place in box
    assert 'class="highlight-python' in box
    assert '<a class="reference internal" href="9.2-halving.html">' in box
    shown = re.sub(r"<[^>]+>", "", box)
    assert "optimizer.zero_grad()  # forget the last gradient" in shown
    assert "The four beats, as halving has them too." in shown
    assert "{source}" not in page


def test_a_page_is_built_anew_when_the_code_has_changed(
    course: Path, kept_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    builder = CourseBuilder(tmp_path, course=course, cache=kept_cache)
    before = builder.version(PAGE)
    assert builder.version(PAGE) == before
    package = shutil.copytree(Path(looplab.__file__).parent, tmp_path / "looplab")
    monkeypatch.setattr("looplab.course.reading.excerpts._package", lambda: package)
    assert builder.version(PAGE) == before
    file = package / "loop/train.py"
    file.write_text(file.read_text().replace("# forget the last gradient", "# forget it"))
    assert builder.version(PAGE) != before


def test_a_notebook_shows_it_as_text(course: Path, found: Excerpt) -> None:
    notebook = lesson_notebook(find_lesson("9.1", course))
    (cell,) = (cell for cell in notebook.cells if "zero_grad" in cell.source)
    assert cell.cell_type == "markdown"
    caption = f"*The four beats, as halving has them too.* ({found.place})"
    assert cell.source == f"```python\n{found.code}\n```\n\n{caption}"


def test_a_post_shows_it_as_text(course: Path, found: Excerpt, kept_cache: Path, tmp_path: Path) -> None:
    text = export_lesson("9.1", "post", tmp_path, course=course, cache=kept_cache).read_text()
    assert f"```python\n{found.code}\n```\n\n*The four beats, as halving has them too.* ({found.place})\n" in text
    assert "{source}" not in text
