"""A learner's way through the course: read a lesson, open it live, run it, fail an exercise, pass it."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from looplab.course.reading import find_lesson

from .conftest import PATIENCE_MS, Course, Traffic, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
expect.set_options(timeout=PATIENCE_MS)

EXERCISE = find_lesson("2.1").exercises[0]


def open_lesson(page: Page, course: Course) -> None:
    """Open lesson 2.1 with the token, and wait until it is built and its formulas are drawn."""
    open_page(page, course.address)
    expect(page.locator("article h1")).to_contain_text("2.1 From linear to nonlinear")
    expect(page.locator("mjx-container svg").first).to_be_visible()


def require_figures(page: Page) -> None:
    """Every figure of the page is there, and is described."""
    figures = page.locator('article [role="img"][aria-label]:visible').all()
    assert len(figures) >= 5
    for figure in figures:
        assert figure.evaluate("picture => picture.getBoundingClientRect().width") > 0


def wait_for_kernel(page: Page, course: Course) -> None:
    """Until the browser is connected to an idle kernel: what is run before is lost, or asks which kernel to take."""
    for _ in range(PATIENCE_MS // 100):
        kernels = [session["kernel"] for session in page.request.get(f"{course.root}/api/sessions").json()]
        if any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in kernels):
            break
        page.wait_for_timeout(100)
    else:
        raise AssertionError(f"no kernel is connected: {kernels}")
    expect(page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]")).to_be_attached()


def choose(page: Page, menu: str, item: str) -> None:
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def cell(page: Page, position: int) -> Locator:
    """A cell of the notebook that is open."""
    return page.locator(".jp-NotebookPanel .jp-Notebook .jp-Cell").nth(position)


def cells_of(notebook: Path) -> list[str]:
    return ["".join(part["source"]) for part in json.loads(notebook.read_text())["cells"]]


def run(page: Page, position: int) -> None:
    """Click into a code cell and run it."""
    box = cell(page, position)
    box.scroll_into_view_if_needed()
    box.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")


def test_a_learner_reads_runs_fails_and_passes(page: Page, course: Course, traffic: Traffic) -> None:
    open_lesson(page, course)
    assert "token" not in page.url
    require_figures(page)

    page.locator("a.open-live").click()
    name = f"{Path(course.path).stem}.ipynb"
    expect(page).to_have_url(f"{course.root}/lab/tree/{name}")
    cells = cells_of(course.home / "notebooks" / name)
    expect(page.locator(".jp-NotebookPanel .jp-Notebook .jp-Cell")).to_have_count(len(cells))

    stub = cells.index(EXERCISE.stub.code if EXERCISE.stub else "")
    wait_for_kernel(page, course)
    choose(page, "Run", "Run All Cells")
    failed = cell(page, stub + 2).locator(".jp-OutputArea-output")
    expect(failed).to_contain_text("still the stub as it was")
    expect(page.locator(".jp-InputPrompt", has_text="[*]")).to_have_count(0)
    expect(page.locator(".jp-Notebook img").first).to_be_attached()
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0

    progress = course.home / "progress.json"
    assert not progress.exists() or EXERCISE.id not in progress.read_text()

    solution = EXERCISE.solution.code.split("\n\n\n")[0] if EXERCISE.solution else ""
    cell(page, stub).locator(".cm-content").click()
    page.keyboard.press("Control+A")
    page.keyboard.insert_text(solution)
    run(page, stub)
    run(page, stub + 2)
    expect(failed).to_contain_text("✓")

    page.keyboard.press("Control+s")
    expect(page.locator(".jp-mod-dirty")).to_have_count(0)
    assert solution in cells_of(course.home / "notebooks" / name)
    assert EXERCISE.id in progress.read_text()

    hints = cell(page, stub + 3).locator(".jp-RenderedMarkdown")
    hints.scroll_into_view_if_needed()
    expect(hints.get_by_text("Hint 1: where to look")).to_be_visible()
    assert not hints.get_by_text("The stub runs.").is_visible()
    hints.get_by_text("Hint 1: where to look").click()
    expect(hints.get_by_text("The stub runs.")).to_be_visible()
    with page.context.expect_page() as opened:
        cell(page, stub + 1).get_by_role("link", name="This exercise on its page").click()
    expect(opened.value).to_have_url(f"{course.root}{course.path}#211-swap-the-activation")
    expect(opened.value.locator('.exercise-done[data-exercise="2.1.1"]')).to_have_text("✓ Passed")
    opened.value.close()

    open_lesson(page, course)
    page.locator("a.open-live").click()
    expect(cell(page, stub)).to_contain_text("nn.Tanh()")
    assert solution in cells_of(course.home / "notebooks" / name)
    assert traffic.wrong == []
    assert len(traffic.asked) > 50


def test_without_the_token_there_is_only_the_login_page(page: Page, course: Course, browser: Browser) -> None:
    for path in (course.path, "/course/index.html", "/lab", "/looplab/live/2.4"):
        page.goto(f"{course.root}{path}")
        assert page.url.startswith(f"{course.root}/login?next=")
        expect(page.get_by_text("Token authentication is enabled")).to_be_visible()
    assert not (course.home / "notebooks" / "2.4-the-role-of-activations.ipynb").exists()

    stranger = browser.new_context()
    answer = stranger.request.get(f"{course.root}/api/contents")
    assert answer.status == 403
    stranger.close()


def test_pages_find_what_is_searched_for_without_a_network(page: Page, course: Course, traffic: Traffic) -> None:
    open_lesson(page, course)
    search = page.get_by_placeholder("Search")
    search.fill("crescents")
    search.press("Enter")
    expect(page.locator(".search-found > li").first).to_contain_text("2.1")
    assert traffic.wrong == []
