"""From the first page to the end of the last lesson, by what the pages offer: links, figures, questions, exercises."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from os import environ
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from looplab.content import reading_order
from looplab.course.answers import check_file, read_progress
from looplab.course.answers.contract import until_answer
from looplab.course.answers.progress import record
from looplab.course.exercises.exercise import Exercise
from looplab.course.exercises.finding import find_exercise
from looplab.course.quiz.questions import Question
from looplab.course.reading import Lesson, list_lessons
from looplab.course.watch.answer_files import answer_files

from .conftest import PATIENCE_MS, Course, Traffic, open_page

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(1800)]
expect.set_options(timeout=PATIENCE_MS)

LESSONS = sorted(list_lessons(), key=lambda lesson: reading_order(lesson.number))


@pytest.fixture(autouse=True)
def _beginner(course: Course, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is done yet, and what is done is forgotten; answers have time, however busy the machine is."""
    monkeypatch.setenv("LOOPLAB_HOME", str(course.home))

    def patient(exercise: str, folder: Path) -> Exercise:
        return replace(find_exercise(exercise, folder), time_limit_seconds=600.0)

    monkeypatch.setattr("looplab.course.answers.file_check.find_exercise", patient)
    progress = course.home / "progress.json"
    progress.unlink(missing_ok=True)
    yield
    progress.unlink(missing_ok=True)


def test_a_learner_goes_from_the_first_lesson_to_the_last(
    page: Page, course: Course, traffic: Traffic, tmp_path: Path
) -> None:
    open_page(page, f"{course.root}/course/index.html?token={course.token}")
    page.get_by_role("link", name="Start 1.1", exact=True).click()
    for lesson in LESSONS:
        open_page(page, page.url)
        expect(page.locator("article h1")).to_contain_text(f"{lesson.number} {lesson.title}")
        read(page, lesson)
        solve(lesson, tmp_path)
        if lesson is not LESSONS[-1]:
            page.locator("a.next-page").click()
            page.wait_for_url(f"{course.root}/course/{LESSONS[LESSONS.index(lesson) + 1].place}.html")
    assert traffic.wrong == []

    known = read_progress()
    wanted = [exercise.id for lesson in LESSONS for exercise in lesson.exercises]
    wanted += [question.id for lesson in LESSONS for question in lesson.quiz]
    assert [id_ for id_ in wanted if id_ not in known or known[id_].passed is None] == []
    open_page(page, f"{course.root}/course/index.html")
    for exercise in (exercise for lesson in LESSONS for exercise in lesson.exercises):
        expect(page.locator(f'a[data-exercise="{exercise.id}"]')).to_have_text(f"✓ {exercise.id}")
    certificate = tmp_path / "certificate.html"
    command = [sys.executable, "-m", "looplab", "certificate", "--output", str(certificate)]
    subprocess.run(command, check=True, env={**environ, "LOOPLAB_HOME": str(course.home)}, capture_output=True)
    page.goto(certificate.as_uri())
    expect(page.locator("body")).to_contain_text("3.9")


def read(page: Page, lesson: Lesson) -> None:
    """The figure lives, each prediction gives its reason, and each question of the quiz is answered."""
    expect(page.locator("[data-live-state=on]").first).to_be_attached()
    for prediction in page.locator(".quiz-option:not([data-question])").all():
        prediction.locator("summary").click()
        expect(prediction.locator(".quiz-verdict")).to_be_visible()
    for question in lesson.quiz:
        answer(page, question)


def answer(page: Page, question: Question) -> None:
    for letter in (letter for letter, option in question.lettered if option.right):
        page.locator(f'.quiz-option[data-question="{question.id}"][data-letter="{letter}"] summary').click()
    expect(page.locator(f'.quiz-answer[data-question="{question.id}"]')).to_contain_text("✓")


def solve(lesson: Lesson, folder: Path) -> None:
    """The first exercise of a lesson, in a file as `looplab watch` makes it; the others are tested elsewhere."""
    files = {file.exercise.id: file for file in answer_files(lesson.number, folder)}
    for position, exercise in enumerate(lesson.exercises):
        if position:
            record(exercise.id, passed=True)
        elif exercise.stub is not None and exercise.solution is not None:
            file = files[exercise.id]
            answer = until_answer(exercise.solution.code, file.exercise.answer)
            file.path.write_text(file.beginning.replace(exercise.stub.code.strip(), answer))
            verdict = check_file(exercise.id, file.path)
            assert verdict.passed, verdict.message
