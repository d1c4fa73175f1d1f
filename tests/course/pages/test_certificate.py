"""The certificate: what it lists, what it admits, and that it asks nothing of a network."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from looplab.course.answers.progress import CAPSTONE, Progress, record
from looplab.course.exercises.outline import outline_exercises
from looplab.course.pages.certificate import certificate_page, write_certificate
from looplab.course.reading import list_lessons, question_ids
from looplab.errors import LooplabError
from looplab.version import __version__

PASSED = Progress(attempts=3, passed=datetime(2026, 3, 1, 12, tzinfo=UTC))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's folder."""
    monkeypatch.setenv("LOOPLAB_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_every_lesson_with_something_to_pass_is_listed_in_order() -> None:
    page = certificate_page({})
    listed = outline_exercises()
    numbers = {each.lesson for each in listed} | set(question_ids())
    lessons = [lesson.number for lesson in list_lessons() if lesson.number in numbers]
    assert re.findall(r"<h2>(\S+) ", page) == lessons
    questions = sum(map(len, question_ids().values()))
    assert f"0 of {len(listed)} exercises and 0 of {questions} quiz questions passed. Capstone: not begun." in words(
        page
    )


def test_what_is_passed_has_its_day() -> None:
    first, second, *_ = outline_exercises()
    (quiz, ids), *_ = question_ids().items()
    known = {first.id: PASSED, ids[0]: PASSED, second.id: Progress(attempts=1, passed=None)}
    page = words(certificate_page(known))
    assert "1 of " in page
    assert re.search(rf"{re.escape(first.id)} .{{1,80}}? ✓ 2026-03-0[12]", page)
    assert re.search(rf"{re.escape(second.id)} .{{1,80}}? not yet", page)
    assert f"1 of {len(ids)}" in page, quiz


@pytest.mark.parametrize(
    ("entry", "sentence"),
    [
        (PASSED, "Capstone: nothing was missing on 2026-03-0"),
        (Progress(attempts=1, passed=None), "Capstone: begun, checked 1 time, not yet complete."),
        (Progress(attempts=4, passed=None), "Capstone: begun, checked 4 times, not yet complete."),
    ],
)
def test_the_capstones_state_is_told(entry: Progress, sentence: str) -> None:
    assert sentence in words(certificate_page({CAPSTONE: entry}))


def test_it_says_what_it_is_worth() -> None:
    page = words(certificate_page({}))
    assert "This page is self-made" in page
    assert f"(version {__version__})" in page
    assert "It proves nothing to others." in page


def test_it_requests_nothing_and_prints_in_black_on_white() -> None:
    page = certificate_page({}, name="A Reader")
    assert not re.search(r"https?:|<script|<link(?! rel=\"icon\" href=\"data:,\")|url\(|<img", page)
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


def test_a_name_is_text_whatever_it_holds() -> None:
    assert "<h1>Learn the Training Loop with PyTorch: A &amp; &lt;b&gt;</h1>" in certificate_page({}, name=" A & <b> ")


@pytest.mark.parametrize("name", ["x" * 121, "a\nb", "a\u202eb"])
def test_a_name_that_cannot_stand_there_is_refused(name: str) -> None:
    with pytest.raises(LooplabError, match="name: expected at most 120 printable characters, got "):
        certificate_page({}, name=name)


def test_it_is_written_from_the_learners_progress(home: Path, tmp_path: Path) -> None:
    record(CAPSTONE, passed=True)
    assert write_certificate(tmp_path / "c.html") == ""
    assert "Capstone: nothing was missing on " in (tmp_path / "c.html").read_text()
    (home / "progress.json").write_text("{")
    assert write_certificate(tmp_path / "c.html").startswith("Your progress file ")
    assert "Capstone: not begun." in (tmp_path / "c.html").read_text()
