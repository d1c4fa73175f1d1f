"""The pages in a real browser, read from disk without any server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

pytestmark = pytest.mark.browser
LESSON = "9-arithmetic/9.1-doubling.html"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """One that has asked for nothing yet."""
    page = browser.new_page(viewport={"width": 400, "height": 800})
    yield page
    page.close()


def failed(request: Request) -> list[str]:
    """What could not be read; what leaving a page breaks off, such as its icon, has not failed."""
    return [] if request.failure == "net::ERR_ABORTED" else [f"failed: {request.url} ({request.failure})"]


def open_from_disk(page: Page, file: Path) -> list[str]:
    """Open a page, wait for its formulas, and give what went wrong and whatever it asked for beyond the disk."""
    wrong: list[str] = []
    page.on("requestfailed", lambda request: wrong.extend(failed(request)))
    page.on(
        "request", lambda request: None if request.url.startswith(("file:", "data:")) else wrong.append(request.url)
    )
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(file.as_uri())
    page.evaluate("window.MathJax ? MathJax.startup.promise : null")
    return wrong


def test_math_and_figures_are_shown_with_no_network(site: Path, page: Page) -> None:
    assert open_from_disk(page, site / LESSON) == []
    assert page.locator("mjx-container svg").count() == 4
    assert page.locator("mjx-merror").count() == 0
    assert page.locator("article svg.themed").evaluate("figure => figure.getBoundingClientRect().width") > 300


@pytest.mark.parametrize("file", ["index.html", "notation.html", LESSON])
def test_a_phone_never_scrolls_the_page_sideways(site: Path, page: Page, file: str) -> None:
    open_from_disk(page, site / file)
    assert page.evaluate("document.documentElement.scrollWidth") == 400


def test_a_line_never_begins_with_the_punctuation_after_a_formula(site: Path, page: Page) -> None:
    open_from_disk(page, site / LESSON)
    together = page.locator("article span.together")
    assert together.evaluate_all("spans => spans.map(span => span.lastChild.data)") == [":", "."]
    assert together.first.evaluate("span => getComputedStyle(span).whiteSpace") == "nowrap"


def test_the_way_to_run_it_is_hidden_where_nothing_serves(site: Path, page: Page) -> None:
    open_from_disk(page, site / LESSON)
    assert page.locator("a.open-live").is_hidden()


def test_hints_open_one_by_one_without_javascript(site: Path, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((site / LESSON).as_uri())
    hints = [page.get_by_text(text) for text in ("Look at double", "To triple is", "Return the product")]
    assert [hint.is_visible() for hint in hints] == [False, False, False]
    page.get_by_text("Hint 2: the idea").click()
    assert [hint.is_visible() for hint in hints] == [False, True, False]
    page.get_by_role("link", name="Solution", exact=True).first.click()
    assert page.url.endswith("#solution-9-1-1")
    page.get_by_role("link", name="Back to exercise 9.1.1").click()
    assert page.url.endswith("#triple-it")
    context.close()


def test_nothing_is_ticked_and_nothing_asked_for_where_nothing_serves(site: Path, page: Page) -> None:
    wrong = open_from_disk(page, site / LESSON)
    assert page.locator(".exercise-done").is_hidden()
    page.goto((site / "index.html").as_uri())
    assert page.locator(".lesson-exercises").count() == 2
    assert not any(ticks.is_visible() for ticks in page.locator(".lesson-exercises").all())
    assert wrong == []


def test_search_shows_the_section_and_the_words_from_disk(site: Path, page: Page) -> None:
    wrong = open_from_disk(page, site / "index.html")
    page.goto(f"{(site / 'search.html').as_uri()}?q=grows+fast")
    first = page.locator(".search-found > li").first
    assert first.locator("a").get_attribute("href") == f"{LESSON}#demonstration-1-is-it-a-line"
    assert "9.1 Doubling" in first.inner_text()
    assert first.locator("mark").all_inner_texts() == ["grows", "fast"]
    assert page.get_by_role("status").inner_text() == "2 sections found for “grows fast”."
    first.locator("a").click()
    page.wait_for_url("**/9.1-doubling.html#demonstration-1-is-it-a-line")
    assert wrong == []


def test_search_says_what_it_lacks_and_takes_what_is_typed_as_text(site: Path, page: Page) -> None:
    open_from_disk(page, site / "search.html")
    field, said = page.get_by_role("searchbox", name="Words to look for"), page.get_by_role("status")
    assert said.inner_text() == "Write a word to look for."
    field.fill("<img src=x onerror=alert(1)> .*")
    assert said.inner_text().startswith("Nothing found for “<img src=x onerror=alert(1)> .*”.")
    field.fill("DOUBL")
    assert "9.1 Doubling" in page.locator(".search-found > li").first.inner_text()
    assert page.locator("article img").count() == 0


def test_search_without_a_script_says_where_to_look(site: Path, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / "search.html").as_uri())
    assert "Search needs JavaScript." in page.locator("article").inner_text()
    page.close()


def test_a_button_copies_the_cell_with_what_is_folded_of_it(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 800})
    open_from_disk(page, site / LESSON)
    page.evaluate(
        "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async text => { window.kept = text }}})"
    )
    cell = page.locator(".tag_piece-first").filter(has_text="import matplotlib")
    button = cell.get_by_role("button", name="Copy")
    button.focus()
    expect(button).to_have_css("opacity", "1")
    button.press("Enter")
    expect(cell.locator(".copy-code")).to_have_text("Copied")
    copied = page.evaluate("window.kept")
    assert copied.startswith("import matplotlib.pyplot as plt")
    assert copied.endswith("plt.show()")
    compile(copied, "copied", "exec")
    assert page.locator(".cell_output .copy-code").count() == 0
    page.close()


def test_folded_code_opens_without_a_script(site: Path, browser: Browser) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto((site / LESSON).as_uri())
    code = page.get_by_text("plt.subplots")
    expect(code).to_be_hidden()
    page.get_by_text("Code that draws the figure").click()
    expect(code).to_be_visible()
    page.close()


def test_a_figure_is_drawn_in_the_colours_of_the_page(site: Path, browser: Browser) -> None:
    page = browser.new_page(color_scheme="dark")
    open_from_disk(page, site / LESSON)
    line = page.locator("svg.themed path[class]").filter(has_not=page.locator("defs")).last
    colours = "line => [getComputedStyle(line).stroke, getComputedStyle(line.ownerSVGElement).color]"
    title = page.locator("svg.themed text", has_text="Twice x")
    fill = "text => getComputedStyle(text).fill"
    by_night = (line.evaluate(colours), title.evaluate(fill))
    page.evaluate("document.body.dataset.theme = 'light'")
    by_day = (line.evaluate(colours), title.evaluate(fill))
    assert by_day[0][0] != by_night[0][0]
    assert by_day[1] != by_night[1]
    page.close()


def test_text_is_no_wider_than_it_is_read_well_and_code_that_is_cut_off_says_so(site: Path, browser: Browser) -> None:
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    open_from_disk(page, site / LESSON)
    widths = page.locator("article section > p").evaluate_all("all => all.map(each => each.clientWidth)")
    assert 600 < max(widths) <= 680
    background = page.locator("article div.highlight pre").first.evaluate(
        "pre => getComputedStyle(pre).backgroundAttachment"
    )
    assert background.startswith("local, local, scroll, scroll")
    page.close()
