"""An audit of the pages by axe-core: nothing serious, on a desk and on a phone, by day and by night."""

from typing import Any, Literal

import pytest
from axe_core_python.sync_playwright import Axe
from jinja2 import Environment, PackageLoader
from playwright.sync_api import Browser, Page, expect

from looplab.course.lessons import list_lessons

from .conftest import PATIENCE_MS, Course

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
expect.set_options(timeout=PATIENCE_MS)

PAGES = ["index.html", "notation.html"] + [
    f"{lesson.path.parent.name}/{lesson.path.stem}.html" for lesson in list_lessons() if lesson.number in ("2.1", "2.4")
]
OWN_PAGES: dict[str, dict[str, Any]] = {
    "waiting.html": {"title": "2.1 A lesson", "page": "index.html", "detail": "Running the code: 3 of 18."},
    "failed.html": {"title": "2.1 A lesson", "faults": ["course/2.1-a.md:12: HTML is not allowed: <b>", "another"]},
    "live.html": {"title": "2.1 A lesson", "lesson": "2.1", "xsrf": ""},
    "refused.html": {"reason": "lesson: expected one of 2.1, 2.4, got '2.2'."},
}
SIZES = {"desk": (1400, 900), "phone": (400, 800)}
templates = Environment(loader=PackageLoader("looplab.course.serve"), autoescape=True)


@pytest.fixture(params=["light", "dark"])
def scheme(request: pytest.FixtureRequest) -> Literal["light", "dark"]:
    return "dark" if request.param == "dark" else "light"


@pytest.fixture(params=SIZES)
def page(request: pytest.FixtureRequest, browser: Browser, scheme: Literal["light", "dark"]) -> Any:
    """A tab on a screen of that size."""
    width, height = SIZES[request.param]
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


def test_pages_have_no_serious_finding(page: Page, course: Course) -> None:
    for name in PAGES:
        page.goto(f"{course.root}/course/{name}?token={course.token}")
        expect(page.locator("article h1").first).to_be_visible()
        if name[0].isdigit():
            expect(page.locator("mjx-container svg").first).to_be_attached()
        assert serious(page) == [], name
        assert not overflows(page), name


def test_the_servers_own_pages_have_no_serious_finding(page: Page, course: Course) -> None:
    for name, values in OWN_PAGES.items():
        html = templates.get_template(name).render(**values)
        page.route("**/own.html", lambda route, html=html: route.fulfill(body=html, content_type="text/html"))
        page.goto(f"{course.root}/own.html")
        expect(page.locator("h1")).to_be_visible()
        assert serious(page) == [], name
        assert not overflows(page), name
