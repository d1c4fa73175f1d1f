"""The first page as it is served: what the learner has done stands beside each lesson, and changes when it does."""

import pytest
from playwright.sync_api import Page, expect

from looplab.content import lesson_folders
from looplab.course.answers.progress import record
from looplab.course.reading import find_lesson

from .conftest import PATIENCE_MS, Course, Traffic, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
expect.set_options(timeout=PATIENCE_MS)

EXERCISES = [exercise.id for exercise in find_lesson("2.4").exercises]


def test_the_map_says_what_is_done(
    page: Page, course: Course, traffic: Traffic, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", str(course.home))
    open_page(page, f"{course.root}/course/index.html?token={course.token}")
    mark = page.locator('.lesson-progress[data-lesson="2.4"]')
    total = len(EXERCISES)
    expect(mark).to_have_text(f"0 of {total} exercises")
    expect(page.locator(".course-progress")).to_be_visible()
    expect(page.get_by_role("link", name="Start 1.1")).to_be_visible()
    expect(page.locator(".go-on")).to_be_hidden()
    for exercise in EXERCISES[1:]:
        record(exercise, passed=True)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(mark).to_have_text(f"{total - 1} of {total} exercises")
    expect(page.get_by_role("link", name=f"Go on with 2.4 {find_lesson('2.4').title}")).to_be_visible()
    record(EXERCISES[0], passed=True)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(mark).to_have_text(f"✓ Done: {total} of {total} exercises")
    go_on = page.get_by_role("link", name=f"Go on with 2.5 {find_lesson('2.5').title}")
    expect(go_on).to_have_attribute("href", f"{find_lesson('2.5').place}.html")
    marked = {mark.get_attribute("data-lesson") for mark in page.locator(".lesson-progress").all()}
    assert marked == set(lesson_folders())
    assert traffic.wrong == []
