"""What is on the pages, and what is not."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

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
    (image,) = (tag for tag in Tags(page).all("img") if "_images" in tag.get("src", ""))
    assert image["alt"] == "A straight line from the origin to the point 2, 4."
    assert re.search(r"<figcaption>.*Twice x grows twice as fast as x\.", page, re.DOTALL)
    assert "caption:" not in page


def test_code_is_shown_with_what_it_printed(site: Path) -> None:
    page = lesson(site)
    assert "[0.0, 2.0, 4.0]" in page
    assert "cell_output" in page


def test_an_exercise_shows_how_to_check_and_its_solution(site: Path) -> None:
    text = re.sub(r"<[^>]+>", "", lesson(site))
    assert "looplab check 9.1.1 --file answer.py" in text
    assert text.index("NotImplementedError") < text.index("Check your answer") < text.index("return 3 * x")


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


def test_pages_lead_to_the_one_before_and_after(site: Path) -> None:
    links = [tag for tag in Tags(lesson(site)).all("a") if tag.get("class") in ("next-page", "prev-page")]
    assert [tag["href"] for tag in links] == ["9.2-halving.html", "../notation.html"]


def test_search_knows_the_lessons(site: Path) -> None:
    index = (site / "searchindex.js").read_text(encoding="utf-8")
    assert index.startswith("Search.setIndex(")
    assert "9.1 Doubling" in index
