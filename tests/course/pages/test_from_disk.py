"""The pages in a real browser, read from disk without any server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser
LESSON = "9-arithmetic/9.1-doubling.html"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 400, "height": 800})
    yield page
    page.close()


def open_from_disk(page: Page, file: Path) -> list[str]:
    """Open a page, wait for its formulas, and give what went wrong and whatever it asked for beyond the disk."""
    wrong: list[str] = []
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else wrong.append(request.url)
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("window.MathJax ? MathJax.startup.promise : null")
    return wrong


def test_math_and_figures_are_shown_with_no_network(site: Path, page: Page) -> None:
    assert open_from_disk(page, site / LESSON) == []
    assert page.locator("mjx-container svg").count() == 3
    assert page.locator("mjx-merror").count() == 0
    assert page.locator("article img").evaluate("image => image.naturalWidth") > 300


@pytest.mark.parametrize("file", ["index.html", "notation.html", LESSON])
def test_a_phone_never_scrolls_the_page_sideways(site: Path, page: Page, file: str) -> None:
    open_from_disk(page, site / file)
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_a_line_never_begins_with_the_punctuation_after_a_formula(site: Path, page: Page) -> None:
    open_from_disk(page, site / LESSON)
    together = page.locator("article span.together")
    assert together.evaluate_all("spans => spans.map(span => span.lastChild.data)") == [":"]
    assert together.evaluate("span => getComputedStyle(span).whiteSpace") == "nowrap"


def test_the_way_to_run_it_is_hidden_where_nothing_serves(site: Path, page: Page) -> None:
    open_from_disk(page, site / LESSON)
    assert page.locator("a.open-live").is_hidden()


def test_search_works_from_disk(site: Path, page: Page) -> None:
    wrong = open_from_disk(page, site / "index.html")
    page.goto(f"{(site / 'search.html').as_uri()}?q=doubling")
    page.locator("ul.search li a").first.wait_for()
    assert "9.1 Doubling" in page.locator("ul.search").inner_text()
    assert wrong == []
