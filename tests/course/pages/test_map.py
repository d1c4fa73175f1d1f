"""The first page: the way in, the map of the lessons, and the terms."""

import re
from html import unescape
from pathlib import Path

import pytest

from looplab.course.pages import CourseBuilder

FILE = """\
[modules]
9 = "The arithmetic of one number"
"""


@pytest.fixture
def course(made_up_course: Path) -> Path:
    """The made-up course, whose second lesson builds on its first, with a term."""
    (made_up_course / "course.toml").write_text(FILE)
    path = made_up_course / "9-arithmetic/9.2-halving/lesson.md"
    text = path.read_text().replace("needs: []", 'needs: ["9.1"]\nterms: [half]')
    path.write_text(text.replace("Two for every one.", "A *half* for every one."))
    return made_up_course


def index_of(course: Path, folder: Path) -> str:
    return CourseBuilder(folder / "pages", course=course).build("index.html").read_text(encoding="utf-8")


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def test_the_list_says_what_each_lesson_holds_and_what_it_builds_on(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    text = words(page)
    assert "Module 9 · The arithmetic of one number" in text
    assert "9.1 Doubling What doubling does to a line. 5 minutes and 1 exercise." in text
    assert "9.2 Halving What doubling does to a line. 5 minutes, 1 exercise and a quiz. Builds on 9.1." in text
    assert '<a class="reference internal" href="9-arithmetic/9.1-doubling.html">' in page
    assert re.search(r'Builds on <a class="reference internal" href="9-arithmetic/9.1-doubling.html">', page)


def test_progress_has_its_place_and_is_hidden_from_disk(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    places = re.findall(r'<span class="lesson-progress" data-lesson="([^"]+)" hidden></span>', page)
    assert places == ["9.1", "9.2"]
    assert '<p class="course-progress" role="status" hidden></p>' in page


def test_the_way_into_the_first_lesson_stands_below_the_first_paragraph(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    text = words(page)
    assert text.index("Start with notation.") < text.index("Start 9.1") < text.index("Lessons")
    assert re.search(r'href="9-arithmetic/9.1-doubling.html"[^>]*><span[^>]*>Start 9.1<', page)
    assert '<span class="go-on" hidden></span>' in page


def test_terms_lead_to_where_they_are_defined(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    assert "Terms" in words(page)
    (entry,) = re.findall(r'<ul class="terms[^"]*">(.*?)</ul>', page, re.DOTALL)
    assert 'href="9-arithmetic/9.2-halving.html#eli5"' in entry
    assert words(entry) == "half 9.2"


def test_a_term_defined_below_a_prediction_leads_to_the_prediction(course: Path, tmp_path: Path) -> None:
    path = course / "9-arithmetic/9.1-doubling/lesson.md"
    options = "- [x] One\n  - It is.\n- [ ] Two\n  - It is not.\n- [ ] Four\n  - No.\n"
    prediction = f"### 9.1.P What is a half of $2$ or 0.12?\n\n{options}"
    text = (
        path.read_text()
        .replace("needs: []", "needs: []\nterms: [whole]")
        .replace("## ELI5", f"{prediction}\nA *whole* is two halves.\n\n## ELI5")
    )
    path.write_text(text)
    builder = CourseBuilder(tmp_path / "pages", course=course)
    builder.build_all()  # it stops at a link that leads nowhere
    (terms,) = re.findall(r'<ul class="terms[^"]*">.*?</ul>', (builder.output / "index.html").read_text(), re.DOTALL)
    (anchor,) = re.findall(r'9.1-doubling.html#([^"]+)"', terms)
    assert f'id="{anchor}"' in (builder.output / "9-arithmetic/9.1-doubling.html").read_text()


def test_the_page_is_built_anew_when_what_it_shows_has_changed(course: Path, tmp_path: Path) -> None:
    builder = CourseBuilder(tmp_path / "pages", course=course)
    versions = [builder.version("index.html")]
    (course / "course.toml").write_text(FILE.replace("arithmetic", "doubles"))
    versions.append(builder.version("index.html"))
    path = course / "9-arithmetic/9.2-halving/lesson.md"
    path.write_text(path.read_text().replace('needs: ["9.1"]', "needs: []"))
    versions.append(builder.version("index.html"))
    path.write_text(path.read_text().replace("terms: [half]", "terms: []"))
    versions.append(builder.version("index.html"))
    path.write_text(path.read_text().replace("Nothing is deeper", "Little is deeper"))
    assert len(set(versions)) == 4
    assert builder.version("index.html") == versions[-1]
