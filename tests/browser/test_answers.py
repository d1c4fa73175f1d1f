"""A lesson as it is served: ticks of its exercises, and answers to its quiz, which are recorded and shown again."""

import pytest
from playwright.sync_api import Locator, Page, expect

from looplab.course.answers import read_progress
from looplab.course.answers.progress import record
from looplab.course.reading import find_lesson

from .conftest import PATIENCE_MS, Course, Traffic, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]
expect.set_options(timeout=PATIENCE_MS)

LESSON = find_lesson("1.6")
FIRST, SECOND = LESSON.quiz[:2]


@pytest.fixture(autouse=True)
def _learner(course: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOOPLAB_HOME", str(course.home))


def open_quiz(page: Page, course: Course) -> None:
    with page.expect_response("**/looplab/done"):
        open_page(page, f"{course.root}/course/{LESSON.place}.html?token={course.token}")


def option(page: Page, question: str, letter: str) -> Locator:
    return page.locator(f'.quiz-option[data-question="{question}"][data-letter="{letter}"]')


def said(page: Page, question: str) -> Locator:
    return page.locator(f'.quiz-answer[data-question="{question}"]')


def letters(question: object) -> tuple[str, list[str]]:
    """The right letter of a question, and the wrong ones."""
    known = FIRST if question is FIRST else SECOND
    right = next(letter for letter, each in known.lettered if each.right)
    return right, [letter for letter, each in known.lettered if not each.right]


def test_each_exercise_has_a_tick_on_its_page_and_on_the_first_page(
    page: Page, course: Course, traffic: Traffic
) -> None:
    one, other = (exercise.id for exercise in LESSON.exercises[:2])
    open_quiz(page, course)
    tick = page.locator(f'.exercise-done[data-exercise="{one}"]')
    expect(tick).to_be_hidden()
    record(one, passed=True)
    record(other, passed=False)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(tick).to_have_text("✓ Passed")
    expect(tick).to_be_visible()
    expect(page.locator(f'.exercise-done[data-exercise="{other}"]')).to_be_hidden()
    open_page(page, f"{course.root}/course/index.html")
    expect(page.locator(f'a[data-exercise="{one}"]')).to_have_text(f"✓ {one}")
    expect(page.get_by_role("link", name=f"Exercise {one}, passed", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name=f"Exercise {other}, not passed yet")).to_have_text(f"○ {other}")
    page.locator(f'a[data-exercise="{one}"]').click()
    expect(page.locator("article h1")).to_contain_text("1.6")
    assert traffic.wrong == []


def test_an_answer_is_recorded_and_shown_again(page: Page, course: Course, traffic: Traffic) -> None:
    right, (wrong, *rest) = letters(FIRST)
    open_quiz(page, course)
    expect(said(page, FIRST.id)).to_be_hidden()
    option(page, FIRST.id, wrong).locator("summary").click()
    expect(said(page, FIRST.id)).to_have_text(f"Your answer: {wrong}")
    summary = option(page, FIRST.id, right).locator("summary")
    summary.focus()
    page.keyboard.press("Enter")
    expect(said(page, FIRST.id)).to_have_text(f"✓ Your answer: {wrong}, then {right}")
    for letter in rest:  # to read the reason
        option(page, FIRST.id, letter).locator("summary").click()
    option(page, FIRST.id, wrong).locator("summary").click()
    option(page, FIRST.id, wrong).locator("summary").click()
    page.evaluate(f"document.querySelectorAll('[data-question=\"{SECOND.id}\"]').forEach(part => part.open = true)")

    open_quiz(page, course)
    expect(said(page, FIRST.id)).to_have_text(f"✓ Your answer: {wrong}, then {right}")
    for letter in (wrong, right):
        expect(option(page, FIRST.id, letter)).to_have_attribute("open", "")
    assert all(option(page, FIRST.id, letter).get_attribute("open") is None for letter in rest)
    expect(said(page, SECOND.id)).to_be_hidden()
    entry = read_progress()[FIRST.id]
    assert (entry.attempts, entry.answers) == (2, (wrong, right))
    assert SECOND.id not in read_progress()
    assert traffic.wrong == []


def test_an_answer_that_cannot_be_recorded_is_told(page: Page, course: Course) -> None:
    open_quiz(page, course)
    page.route("**/looplab/answers", lambda route: route.abort())
    option(page, SECOND.id, "A").locator("summary").click()
    expect(said(page, SECOND.id)).to_have_text("Your answer could not be recorded. Is “looplab learn” still running?")
    assert SECOND.id not in read_progress()
