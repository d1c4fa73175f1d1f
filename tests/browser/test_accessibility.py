"""An audit of the pages by axe-core: nothing serious, on a desk and on a phone, by day and by night."""

from collections.abc import Iterator
from typing import Any, Literal

import pytest
from axe_core_python.sync_playwright import Axe
from jinja2 import Environment, PackageLoader
from playwright.sync_api import Browser, Page, expect

from looplab.course.reading import list_lessons

from .conftest import PATIENCE_MS, Course, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
expect.set_options(timeout=PATIENCE_MS)

PAGES = ["index.html", "notation.html"] + [f"{lesson.place}.html" for lesson in list_lessons()]
OWN_PAGES: dict[str, dict[str, Any]] = {
    "waiting.html": {"title": "2.1 A lesson", "page": "index.html", "detail": "Running the code: 3 of 18."},
    "failed.html": {"title": "2.1 A lesson", "faults": ["course/2.1-a.md:12: HTML is not allowed: <b>", "another"]},
    "live.html": {"title": "2.1 A lesson", "lesson": "2.1", "xsrf": ""},
    "refused.html": {"reason": "lesson: expected one of 2.1, 2.4, got '2.2'."},
}
SCREENS: dict[str, tuple[int, int, Literal["light", "dark"]]] = {
    "a desk by day": (1400, 900, "light"),
    "a phone by night": (400, 800, "dark"),
}
templates = Environment(loader=PackageLoader("looplab.course.serve"), autoescape=True)


@pytest.fixture(params=SCREENS)
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    """A tab on that screen."""
    width, height, scheme = SCREENS[request.param]
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def serious(page: Page) -> list[str]:
    """What axe-core finds serious or critical: the rule and where."""
    found = Axe().run(page)["violations"]
    return [
        f"{rule['id']} ({rule['impact']}): {node['target']} {node['html'][:120]}"
        for rule in found
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
    ]


def overflows(page: Page) -> bool:
    """Whether the whole page scrolls sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"))


def faults(page: Page) -> list[str]:
    return serious(page) + (["the page scrolls sideways"] if overflows(page) else [])


def test_pages_have_no_serious_finding(page: Page, course: Course) -> None:
    found = {}
    for name in PAGES:
        open_page(page, f"{course.root}/course/{name}?token={course.token}")
        if name[0].isdigit():
            expect(page.locator("mjx-container svg").first).to_be_attached()
        page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        found[name] = faults(page)
    assert found == {name: [] for name in PAGES}


def test_the_servers_own_pages_have_no_serious_finding(page: Page) -> None:
    found = {}
    for name, values in OWN_PAGES.items():
        page.set_content(templates.get_template(name).render(**values))
        expect(page.locator("h1")).to_be_visible()
        found[name] = faults(page)
    assert found == {name: [] for name in OWN_PAGES}
