"""Checklist and quiz on a page, in a notebook and in a post."""

import re
import shutil
from pathlib import Path

import nbformat
import pytest

from looplab.course.pages import CourseBuilder, export_lesson, lesson_notebook
from looplab.course.reading import find_lesson

PAGE = "9-arithmetic/9.1-doubling.html"


@pytest.fixture(scope="module")
def course(kept_course: Path, kept_quiz: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The made-up course with checklist and quiz in lesson 9.1."""
    folder = shutil.copytree(kept_course, tmp_path_factory.mktemp("quiz") / "course")
    with (folder / "9-arithmetic/9.1-doubling/lesson.md").open("a") as file:
        file.write(kept_quiz)
    return folder


@pytest.fixture(scope="module")
def page(course: Path, kept_cache: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of lesson 9.1."""
    builder = CourseBuilder(tmp_path_factory.mktemp("pages"), course=course, cache=kept_cache)
    return builder.build(PAGE).read_text(encoding="utf-8")


def test_each_option_of_a_page_opens_by_itself_and_says_what_it_is(page: str) -> None:
    options = re.findall(r'<details class="quiz-option"[^>]*>(.*?)</details>', page, re.DOTALL)
    assert len(options) == 30
    right, wrong, _ = options[:3]
    assert re.search(r"<summary><span>A\. It is <span class=\"math[^>]*>\\\(2\\\)</span></span></summary>", options[0])
    assert "✓ Right.</span> It says It is" in right
    assert "✗ Not this one.</span> It says" in wrong
    assert (
        '<code class="docutils literal notranslate"><span class="pre">3</span></code> is it</span></summary>' in wrong
    )
    assert '<a class="reference internal" href="9.2-halving.html">' in wrong


def test_closed_options_look_alike(page: str) -> None:
    openings = re.findall(r'(<details class="quiz-[^>]*>)<summary>(.*?)</summary>', page, re.DOTALL)
    assert [opening for opening, _ in openings[:4]] == [
        f'<details class="quiz-option" data-question="9.1.{place}">'
        for place in ('Q1" data-letter="A', 'Q1" data-letter="B', 'Q1" data-letter="C', 'Q2" data-letter="A')
    ]
    summaries = [summary for _, summary in openings]
    assert not any("quiz-" in summary or "✓" in summary for summary in summaries)


def test_a_checklist_of_a_page_has_boxes_with_labels(page: str) -> None:
    boxes = re.findall(r'<li>.*?<label><input type="checkbox">(.*?)</label>', page, re.DOTALL)
    assert len(boxes) == 2
    assert '<ul class="checklist simple">' in page
    assert '<a class="reference internal" href="#demonstrations">' in boxes[0]
    assert "[ ]" not in boxes[0]


def test_a_notebook_asks_without_the_answer_and_checks_it(course: Path) -> None:
    notebook = lesson_notebook(find_lesson("9.1", course))
    nbformat.validate(notebook)
    place = next(index for index, cell in enumerate(notebook.cells) if "### 9.1.Q2 " in cell.source)
    asked, checked = notebook.cells[place : place + 2]
    assert asked.source == (
        "### 9.1.Q2 What is twice 2?\n\nTake `double`.\n\n- **A.** `5` is it\n- **B.** It is $4$\n"
        "- **C.** `6` is it\n\n"
        "Write the letter of your answer between the last two quotation marks below, and run the cell."
    )
    assert checked.cell_type == "code"
    assert checked.source == 'from looplab.course import check; check("9.1.Q2", "")'
    text = "\n".join(cell.source for cell in notebook.cells)
    assert "[x]" not in text
    assert "It says" not in text
    assert "- [ ] I can double `x`, as in demonstration." in text


def test_a_post_ends_with_the_answers(course: Path, kept_cache: Path, tmp_path: Path) -> None:
    text = export_lesson("9.1", "post", tmp_path, course=course, cache=kept_cache).read_text()
    before, answers = text.split("\n## Answers\n")
    assert "### 9.1.Q2 What is twice 2?\n\nTake `double`.\n\n- **A.** `5` is it\n- **B.** It is $4$\n" in before
    assert "It says" not in before
    assert answers.count("**9.1.Q") == 10
    reasons = ["- A: Not this one. It says `5` is it, see halving.", "- B: Right. It says It is $4$, see halving."]
    assert "\n".join(["**9.1.Q2: B**", "", *reasons]) in answers
