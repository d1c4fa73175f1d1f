"""Notebooks and posts."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from looplab.course.pages import export_lesson, lesson_notebook
from looplab.course.pages.links import relink
from looplab.course.reading import find_lesson
from looplab.errors import ChoiceError


@pytest.fixture(scope="session")
def notebook_file(kept_course: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_lesson("9.1", "notebook", tmp_path_factory.mktemp("notebook"), course=kept_course)


@pytest.fixture(scope="session")
def post(kept_course: Path, kept_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_lesson("9.1", "post", tmp_path_factory.mktemp("post"), course=kept_course, cache=kept_cache)


def test_a_notebook_is_valid_clean_and_named_like_the_lesson(notebook_file: Path) -> None:
    assert notebook_file.name == "9.1-doubling.ipynb"
    notebook = nbformat.read(notebook_file, as_version=4)
    nbformat.validate(notebook)
    assert all(cell.outputs == [] and cell.execution_count is None for cell in notebook.cells if "outputs" in cell)
    assert notebook.metadata.kernelspec.name == "python3"


def test_only_python_becomes_code(notebook_file: Path) -> None:
    notebook = nbformat.read(notebook_file, as_version=4)
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    assert len(code) == 5
    assert not any("uv pip" in source for source in code)
    assert any("```bash\nuv pip install looplab\n```" in cell.source for cell in notebook.cells)


def test_a_caption_stands_below_its_figure(notebook_file: Path) -> None:
    cells = nbformat.read(notebook_file, as_version=4).cells
    place = next(index for index, cell in enumerate(cells) if "plt.show()" in cell.source)
    assert cells[place].source.startswith("import matplotlib")
    assert cells[place + 1].source == (
        "*Twice x grows twice as fast as x.*\n\nIn words: A straight line from the origin to the point 2, 4."
    )


def test_hints_open_one_by_one_in_a_notebook_and_its_solutions_stand_at_the_end(notebook_file: Path) -> None:
    cells = [cell.source for cell in nbformat.read(notebook_file, as_version=4).cells]
    (hints,) = (cell for cell in cells if "Hint 1" in cell)
    assert hints == (
        "<details><summary>Hint 1: where to look</summary>\n\nLook at `double` in the demonstration.\n\n</details>\n\n"
        "<details><summary>Hint 2: the idea</summary>\n\nTo triple is to *add twice more*:\n\n$x + 2x$.\n\n"
        "</details>\n\n<details><summary>Hint 3: nearly the line</summary>\n\n"
        "Return the product of a number and `x`.\n\n</details>"
    )
    assert "### Solutions\n\n#### Solution 9.1.1" in cells
    assert cells.index(hints) < cells.index("### Solutions\n\n#### Solution 9.1.1")


def test_links_to_other_pages_become_text(notebook_file: Path) -> None:
    text = "\n".join(cell.source for cell in nbformat.read(notebook_file, as_version=4).cells)
    assert "the words are in the notation." in text
    assert ".md" not in text


def test_a_notebook_runs_and_each_check_is_one_line_below_its_stub(notebook_file: Path, tmp_path: Path) -> None:
    notebook = nbformat.read(notebook_file, as_version=4)
    place = next(place for place, cell in enumerate(notebook.cells) if "import check" in cell.source)
    check, told, stub = (notebook.cells[place - back] for back in range(3))
    assert check.source == 'from looplab.course import check; check("9.1.1")'
    assert told.source == (
        "Run your cell, then the next one, which checks it. It needs looplab: `pip install 'looplab[course]'`."
    )
    assert "NotImplementedError" in stub.source
    check.source = check.source.replace("9.1.1", "2.4.3")  # 9.1.1 is made up and has no check
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    (shown,) = check.outputs
    assert shown["data"]["text/plain"].startswith("✗ 2.4.3: there is no swish yet.")


def test_links_lead_to_the_pages_where_their_address_is_known(
    kept_course: Path, kept_cache: Path, tmp_path: Path
) -> None:
    base = "https://example.org/course/"
    options = {"course": kept_course, "pages": base, "cache": kept_cache}
    own = f"{base}9-arithmetic/9.1-doubling.html"
    notebook = nbformat.read(export_lesson("9.1", "notebook", tmp_path, **options), as_version=4)  # type: ignore[arg-type]
    text = "\n".join(cell.source for cell in notebook.cells)
    assert f"the words are in the [notation]({base}notation.html#words)." in text
    assert f"the [next lesson]({base}9-arithmetic/9.2-halving.html#in-depth) halves" in text
    assert f"Look at `double` in [the demonstration]({own}#demonstrations)." in text
    assert f"`pip install 'looplab[course]'`. [This exercise on its page]({own}#911-triple-it)." in text
    assert ".md" not in text
    post = export_lesson("9.1", "post", tmp_path, **options).read_text()  # type: ignore[arg-type]
    assert f"[Halving]({base}9-arithmetic/9.2-halving.html)." in post
    assert ".md" not in post


def test_equal_lessons_give_equal_notebooks(kept_course: Path) -> None:
    lesson = find_lesson("9.1", kept_course)
    assert lesson_notebook(lesson) == lesson_notebook(lesson)


def test_a_post_has_its_outputs_and_its_figures(post: Path) -> None:
    text = post.read_text()
    assert text.startswith(
        "---\ntitle: 9.1 Doubling\ndescription: What doubling does to a line.\n---\n\n# 9.1 Doubling"
    )
    assert "```text\n[0.0, 2.0, 4.0]\n```" in text
    assert (
        "![A straight line from the origin to the point 2, 4.](9.1-doubling/figure-1.png)\n\n"
        "*Twice x grows twice as fast as x.*"
    ) in text
    assert "# caption" not in text
    with Image.open(post.parent / "9.1-doubling" / "figure-1.png") as picture:
        assert picture.format == "PNG"


def test_a_post_shows_the_hints_as_a_list(post: Path) -> None:
    assert (
        "#### Hints\n\n1. Look at `double` in the demonstration.\n"
        "2. To triple is to *add twice more*:\n\n   $x + 2x$.\n"
        "3. Return the product of a number and `x`.\n\n### Solutions\n\n#### Solution 9.1.1\n\n```python\n"
    ) in post.read_text()


def test_the_code_of_a_post_runs(post: Path) -> None:
    text = post.read_text()
    blocks = [block.split("```")[0] for block in text.split("```python\n")[1:]]
    source = "import matplotlib\n\nmatplotlib.use('agg')\n" + "\n".join(blocks).replace("plt.show()", "plt.close()")
    namespace: dict[str, object] = {}
    exec(compile(source, str(post), "exec"), namespace)
    assert callable(namespace["triple"])


def test_an_export_replaces_an_earlier_one(kept_course: Path, tmp_path: Path) -> None:
    first = export_lesson("9.1", output=tmp_path, course=kept_course)
    first.write_text("old")
    assert export_lesson("9.1", output=tmp_path, course=kept_course) == first
    assert first.read_text() != "old"
    assert list(tmp_path.iterdir()) == [first]


def test_an_unknown_lesson_or_form_lists_the_choices(kept_course: Path, tmp_path: Path) -> None:
    with pytest.raises(ChoiceError, match=r"lesson: expected one of 9\.2 \(Halving\), 9\.1 \(Doubling\), got '9\.3'"):
        export_lesson("9.3", output=tmp_path, course=kept_course)
    with pytest.raises(ChoiceError, match="to: expected one of notebook, post, got 'note'"):
        export_lesson("9.1", "note", tmp_path, course=kept_course)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[a](b.md) and [c [d]](e.md#f)", "a=b.md and c [d]=e.md#f"),
        ("![picture](p.png)", "![picture](p.png)"),
        ("`[a](b)` ``[a](b)``", "`[a](b)` ``[a](b)``"),
        ("```text\n[a](b)\n```\n[a](b)", "```text\n[a](b)\n```\na=b"),
    ],
)
def test_links_are_rewritten_outside_code(text: str, expected: str) -> None:
    assert relink(text, lambda words, target: f"{words}={target}") == expected
