"""What is on the pages, and what is not."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest
from PIL import Image

from looplab.course.pages import CourseBuilder

PAGES = ["index.html", "notation.html", "9-arithmetic/9.1-doubling.html", "9-arithmetic/9.2-halving.html"]


class Tags(HTMLParser):
    """Collects the tags of a page with their attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, {name: value or "" for name, value in attrs}))

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every tag of that name."""
        return [attributes for name, attributes in self.found if name == tag]


def lesson(site: Path) -> str:
    return (site / "9-arithmetic/9.1-doubling.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_a_page_loads_nothing_from_anywhere_else(site: Path, page: str) -> None:
    tags = Tags((site / page).read_text(encoding="utf-8"))
    loads = [tag[name] for kind in ("script", "link", "img", "source", "iframe") for tag in tags.all(kind)
             for name in ("src", "href", "srcset") if name in tag]  # fmt: skip
    assert loads
    assert [address for address in loads if re.match(r"(https?:)?//", address)] == []


def test_style_sheets_load_nothing_from_anywhere_else(site: Path) -> None:
    sheets = list(site.rglob("*.css"))
    assert any(sheet.name == "looplab.css" for sheet in sheets)
    for sheet in sheets:
        loads = re.findall(r"(?:url\(|@import)\s*['\"]?([^'\")]+)", sheet.read_text(encoding="utf-8"))
        assert [address for address in loads if re.match(r"(https?:)?//", address)] == [], sheet


@pytest.mark.parametrize("page", [*PAGES, "search.html"])
def test_every_link_leads_to_a_file_and_a_place_in_it(site: Path, page: str) -> None:
    tags = Tags((site / page).read_text(encoding="utf-8"))
    for tag in tags.all("a"):
        address = urlsplit(tag.get("href", ""))
        if address.scheme or address.path.startswith("/looplab/live/"):
            continue
        target = (site / page).parent / unquote(address.path) if address.path else site / page
        assert target.is_file(), tag
        if address.fragment:
            ids = {attributes.get("id") for _, attributes in Tags(target.read_text(encoding="utf-8")).found}
            assert unquote(address.fragment) in ids, tag


def test_a_figure_has_its_caption_and_its_alternative_text(site: Path) -> None:
    page = lesson(site)
    (figure,) = (tag for tag in Tags(page).all("svg") if tag.get("class") == "themed")
    assert figure["role"] == "img"
    assert figure["aria-label"] == "A straight line from the origin to the point 2, 4."
    assert re.search(r'class="figure-caption">\s*Twice x grows twice as fast as x\.', page)
    assert "caption:" not in page


def test_a_figure_follows_the_colours_of_the_page(site: Path) -> None:
    page = lesson(site)
    figure = page[page.index('<svg class="themed"') :]
    figure = figure[: figure.index("</svg>")]
    assert "stroke:#1f77b4;stroke:light-dark(#1f77b4,#" in figure
    assert ">Twice x</text>" in figure
    assert "font-family" not in figure
    assert "metadata" not in figure


@pytest.mark.parametrize("folds", [True, False])
def test_what_is_printed_stands_before_and_after_the_figure(
    made_up_course: Path, kept_cache: Path, tmp_path: Path, folds: bool
) -> None:
    path = made_up_course / "9-arithmetic/9.1-doubling/lesson.md"
    text = path.read_text().replace("plt.show()\n", "plt.show()\nprint('printed', 'after')\n")
    path.write_text(text if folds else text.replace("axes.margins(0.1)\n", "print('printed', 'before')\n"))
    builder = CourseBuilder(tmp_path / "pages", course=made_up_course, cache=kept_cache)
    page = builder.build("9-arithmetic/9.1-doubling.html").read_text(encoding="utf-8")
    figure = page.index('<svg class="themed"')
    if folds:
        assert '<details class="drawing-code' in page[:figure]
        assert figure < page.index("printed after")
    else:
        assert page.index("printed before") < figure
    assert page.count("printed after") == 1
    assert "# output" not in page


def test_what_a_folded_cell_prints_is_shown(made_up_course: Path, kept_cache: Path, tmp_path: Path) -> None:
    path = made_up_course / "9-arithmetic/9.1-doubling/lesson.md"
    text = (
        path.read_text()
        .replace("import matplotlib.pyplot as plt\n\nfigure", "figure")
        .replace("def double", "import matplotlib.pyplot as plt\n\n\ndef double")
    )
    path.write_text(text.replace("plt.show()\n", "plt.show()\naxes.get_title()\n"))
    builder = CourseBuilder(tmp_path / "pages", course=made_up_course, cache=kept_cache)
    page = builder.build("9-arithmetic/9.1-doubling.html").read_text(encoding="utf-8")
    assert '<details class="drawing-code piece-first">' in page
    after = re.sub(r"<[^>]+>", "", page[page.index("figure-caption") :])
    assert "'Twice x'" in unescape(after)


def test_code_that_only_draws_is_folded_in_its_place(site: Path) -> None:
    page = lesson(site)
    (folded,) = re.findall(r'<details class="drawing-code piece-more">.*?</details>', page, re.DOTALL)
    text = re.sub(r"<[^>]+>", "", folded)
    assert text.lstrip().startswith("Code that draws the figure")
    assert "figure, axes = plt.subplots(figsize=(4, 3))" in text
    assert "plt.show()" in text
    shown = re.sub(r"<[^>]+>", "", page[: page.index('<details class="drawing-code')])
    assert "import matplotlib.pyplot as plt" in shown


def test_code_is_shown_with_what_it_printed(site: Path) -> None:
    page = lesson(site)
    assert "[0.0, 2.0, 4.0]" in page
    assert "cell_output" in page


def test_an_exercise_shows_how_to_check_then_its_hints_and_at_the_end_its_solution(site: Path) -> None:
    text = re.sub(r"<[^>]+>", "", lesson(site))
    assert "looplab check 9.1.1 --file answer.py" in text
    order = ["NotImplementedError", "Check your answer", "Hint 1: where to look", "Back to exercise", "return 3 * x"]
    places = [text.index(part) for part in order]
    assert places == sorted(places)


def test_hints_open_one_by_one_and_without_a_script(site: Path) -> None:
    page = lesson(site)
    boxes = re.findall(r'<details class="hint">(.*?)</details>', page, re.DOTALL)
    shown = [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", box)).strip() for box in boxes]
    assert shown == [
        "Hint 1: where to look Look at double in the demonstration.",
        "Hint 2: the idea To triple is to add twice more: \\(x + 2x\\).",
        "Hint 3: nearly the line Return the product of a number and x.",
    ]
    assert '<code class="docutils literal notranslate"><span class="pre">double</span></code>' in boxes[0]
    assert 'href="#demonstrations"' in boxes[0]
    assert ">Hints" not in page  # a heading for each exercise would fill the list of contents


def test_a_link_leads_from_the_stub_to_the_solution_and_another_one_back(site: Path) -> None:
    page = lesson(site)
    stub, solution = page.index('<section id="triple-it">'), page.index('<section id="solution-9-1-1">')
    there = page.index('<a class="reference internal" href="#solution-9-1-1">Solution</a>')
    back = page.index('<a class="reference internal" href="#triple-it">Back to exercise 9.1.1</a>')
    assert stub < there < solution < back < page.index("<section", solution + 1)


def test_the_title_is_followed_by_the_minutes_and_a_hidden_way_to_run_it(site: Path) -> None:
    (live,) = (tag for tag in Tags(lesson(site)).all("a") if tag.get("class") == "open-live")
    assert live["href"] == "/looplab/live/9.1"
    assert "hidden" in live
    assert "<span>5 minutes</span>" in lesson(site)


def test_a_page_is_described_for_search_results(site: Path) -> None:
    (description,) = (tag for tag in Tags(lesson(site)).all("meta") if tag.get("name") == "description")
    assert description["content"] == "What doubling does to a line."


def test_the_index_maps_the_lessons(site: Path) -> None:
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", (site / "index.html").read_text(encoding="utf-8")))
    assert "Module 9 · Arithmetic" in text
    assert "9.1 Doubling What doubling does to a line. 5 minutes" in text
    assert "9.2 Halving" in text


def test_exercises_have_room_for_a_tick_on_their_page_and_on_the_index(site: Path) -> None:
    (mark,) = (tag for tag in Tags(lesson(site)).all("p") if tag.get("class") == "exercise-done")
    assert mark["data-exercise"] == "9.1.1"
    assert "hidden" in mark
    links = [tag for tag in Tags((site / "index.html").read_text(encoding="utf-8")).all("a") if "data-exercise" in tag]
    assert [tag["data-exercise"] for tag in links] == ["9.1.1", "9.2.1"]
    assert links[0]["href"] == "9-arithmetic/9.1-doubling.html#911-triple-it"


def test_pages_lead_to_the_one_before_and_after(site: Path) -> None:
    links = [tag for tag in Tags(lesson(site)).all("a") if tag.get("class") in ("next-page", "prev-page")]
    assert [tag["href"] for tag in links] == ["9.2-halving.html", "../notation.html"]


def test_search_knows_every_section_with_its_text(site: Path) -> None:
    script = (site / "search-data.js").read_text(encoding="utf-8")
    pages, sections = json.loads(script[script.index("([[") + 1 : script.rindex(")")])
    assert ["9-arithmetic/9.1-doubling.html", "9.1 Doubling"] in pages
    known = {(pages[page][0], title): (anchor, text) for page, title, anchor, text in sections}
    assert known["9-arithmetic/9.1-doubling.html", "ELI5"] == ("eli5", "Two for every one.")
    assert known["9-arithmetic/9.1-doubling.html", "9.1 Doubling"] == ("", "")
    _, formula = known["9-arithmetic/9.1-doubling.html", "Mathematical foundations"]
    assert formula == "With y = 2x and x in R : ( y x )^2 = 4"
    _, drawn = known["9-arithmetic/9.1-doubling.html", "Demonstration 1: is it a line?"]
    assert "figure, axes = plt.subplots(figsize=(4, 3))" in drawn
    assert "[0.0, 2.0, 4.0]" in drawn
    assert "light-dark" not in script
    assert not (site / "searchindex.js").exists()


@pytest.mark.parametrize(
    ("page", "title", "description"),
    [
        ("9-arithmetic/9.1-doubling.html", "9.1 Doubling", "What doubling does to a line."),
        ("index.html", "A course", "Start with notation."),
    ],
)
def test_a_link_to_a_page_shows_title_description_and_picture(
    site: Path, page: str, title: str, description: str
) -> None:
    tags = Tags((site / page).read_text(encoding="utf-8"))
    shown = {tag["property"]: tag["content"] for tag in tags.all("meta") if "property" in tag}
    assert shown["og:title"] == title
    assert shown["og:description"] == description
    assert shown["og:site_name"] == "A course"
    with Image.open((site / page).parent / shown["og:image"]) as picture:
        assert (picture.format, *picture.size) == ("PNG", 1200, 630)
    assert [tag["content"] for tag in tags.all("meta") if tag.get("name") == "description"] == [description]
    (icon,) = (tag for tag in tags.all("link") if "icon" in tag.get("rel", ""))
    assert ElementTree.parse((site / page).parent / icon["href"].split("?")[0]).getroot().tag.endswith("svg")
