"""The first page: the map of the lessons as a list and as a picture, and the terms."""

import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest

from looplab.course.pages import CourseBuilder
from looplab.course.pages.map import course_map
from looplab.course.pages.map_picture import map_picture
from looplab.course.reading import list_lessons

PLAN = """\
[modules]
9 = "The arithmetic of one number"
10 = "Beyond"

[[planned]]
number = "10.1"
title = "Powers"
description = "Twice and twice again."
needs = ["9.2"]
"""


@pytest.fixture
def course(made_up_course: Path) -> Path:
    """The made-up course, whose second lesson builds on its first, with a term and a lesson to come."""
    (made_up_course / "course.toml").write_text(PLAN)
    path = made_up_course / "9-arithmetic/9.2-halving/lesson.md"
    text = path.read_text().replace("needs: []", 'needs: ["9.1"]\nterms: [half]')
    path.write_text(text.replace("Two for every one.", "A *half* for every one."))
    return made_up_course


def index_of(course: Path, folder: Path) -> str:
    return CourseBuilder(folder / "pages", course=course).build("index.html").read_text(encoding="utf-8")


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", "", page)).split())


def test_the_list_says_what_each_lesson_builds_on_and_what_is_coming(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    text = words(page)
    assert "Module 9 · The arithmetic of one number" in text
    assert "9.1 Doubling What doubling does to a line. 5 minutes and 1 exercise." in text
    assert "9.2 Halving What doubling does to a line. 5 minutes and 1 exercise. Builds on 9.1." in text
    assert "Module 10 · Beyond" in text
    assert "10.1 Powers Twice and twice again. Coming. Builds on 9.2." in text
    assert '<a class="reference internal" href="9-arithmetic/9.1-doubling.html">' in page
    assert "<strong>10.1 Powers</strong>" in page


def test_progress_has_its_place_and_is_hidden_from_disk(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    places = re.findall(r'<span class="lesson-progress" data-lesson="([^"]+)" hidden></span>', page)
    assert places == ["9.1", "9.2"]
    assert '<p class="course-progress" role="status" hidden></p>' in page


def test_the_picture_is_on_the_page_and_said_in_words(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    (picture,) = re.findall(r"<svg viewBox.*?</svg>", page, re.DOTALL)
    root = ElementTree.fromstring(picture)
    assert root.get("role") == "img"
    assert root.get("aria-label") == (
        "Map of the lessons, a column of boxes for each module: module 9, The arithmetic of one number, lessons 9.1 to "
        "9.2; module 10, Beyond, lessons 10.1 to 10.1. 9.2 builds on 9.1. 10.1 builds on 9.2."
    )
    assert "An arrow leads from a lesson to one that builds on it. Dashed boxes are lessons to come." in words(page)


def test_the_picture_has_a_box_for_each_lesson_and_an_arrow_for_each_need(course: Path) -> None:
    modules = course_map(list_lessons(course), course)
    root = ElementTree.fromstring(map_picture(modules))
    boxes = [box.get("class") for box in root.iter("rect")]
    assert boxes == ["map-box", "map-box", "map-box map-coming"]
    assert sum(path.get("class") == "map-edge" for path in root.iter("path")) == 2
    texts = [text.text for text in root.iter("text")]
    assert {"9.1", "9.2", "10.1", "Doubling", "Powers", "10 · Beyond"} <= set(texts)


def test_no_box_lies_on_another_or_outside(course: Path) -> None:
    from looplab.content import course_folder

    for folder in (course, course_folder()):
        root = ElementTree.fromstring(map_picture(course_map(list_lessons(folder), folder)))
        svg = next(root.iter("svg"))
        _, _, width, height = map(float, str(svg.get("viewBox")).split())
        corners = [
            tuple(float(box.get(name, "")) for name in ("x", "y", "width", "height")) for box in root.iter("rect")
        ]
        for place, (x, y, w, h) in enumerate(corners):
            assert 0 <= x <= x + w <= width
            assert 0 <= y <= y + h <= height
            assert all(abs(x - x2) >= w or abs(y - y2) >= h for x2, y2, *_ in corners[:place])


def test_terms_lead_to_where_they_are_defined(course: Path, tmp_path: Path) -> None:
    page = index_of(course, tmp_path)
    assert "Terms" in words(page)
    (entry,) = re.findall(r'<ul class="terms[^"]*">(.*?)</ul>', page, re.DOTALL)
    assert 'href="9-arithmetic/9.2-halving.html#eli5"' in entry
    assert words(entry) == "half 9.2"


def test_the_page_is_built_anew_when_what_it_shows_has_changed(course: Path, tmp_path: Path) -> None:
    builder = CourseBuilder(tmp_path / "pages", course=course)
    versions = [builder.version("index.html")]
    (course / "course.toml").write_text(PLAN.replace("Powers", "Roots"))
    versions.append(builder.version("index.html"))
    path = course / "9-arithmetic/9.2-halving/lesson.md"
    path.write_text(path.read_text().replace('needs: ["9.1"]', "needs: []"))
    versions.append(builder.version("index.html"))
    path.write_text(path.read_text().replace("terms: [half]", "terms: []"))
    versions.append(builder.version("index.html"))
    path.write_text(path.read_text().replace("Nothing is deeper", "Little is deeper"))
    assert len(set(versions)) == 4
    assert builder.version("index.html") == versions[-1]
