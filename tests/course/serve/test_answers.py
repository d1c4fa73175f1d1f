"""Answers to a quiz that are given in a page: recorded by the server, by whoever has its key and its XSRF token."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urlencode

import pytest

from looplab.course import check
from looplab.course.answers import read_progress
from looplab.course.answers.progress import record
from looplab.course.quiz.questions import Question
from looplab.course.reading import find_question
from looplab.course.serve.learner_progress import record_choice
from looplab.errors import LooplabError

from .conftest import Answer, Server

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@pytest.fixture
def question(made_up_course: Path, quiz_text: str) -> Question:
    """Question 9.1.Q2, of which B is right."""
    with (made_up_course / "9-arithmetic/9.1-doubling/lesson.md").open("a") as file:
        file.write(quiz_text)
    return find_question("9.1.Q2", made_up_course)


@pytest.fixture
def served(
    start: Callable[..., Server], lesson_text: str, quiz_text: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    """A server whose lesson 1.6 has a quiz."""
    server = start()
    folder = server.course / "1-one/1.6-asking"
    folder.mkdir(exist_ok=True)
    (folder / "lesson.md").write_text((lesson_text + quiz_text).replace("9.1", "1.6"))
    monkeypatch.setenv("LOOPLAB_HOME", str(server.home))
    yield server
    server.stop()


def choose(server: Server, question: str, letter: str, headers: dict[str, str] | None = None) -> Answer:
    body = urlencode({"question": question, "answer": letter})
    return server.ask("/looplab/answers", FORM | (server.key if headers is None else headers), method="POST", body=body)


def test_each_option_counts_once_and_none_after_the_right_one(question: Question) -> None:
    for letter in ("C", "C", "c. ", "A", "B", "A"):
        assert record_choice(question, letter) == ""
    entry = read_progress()["9.1.Q2"]
    assert (entry.attempts, entry.answers) == (3, ("C", "A", "B"))
    assert entry.passed is not None


def test_what_is_no_option_is_refused(question: Question) -> None:
    for answer in ("", "E", "yes"):
        with pytest.raises(LooplabError, match=r"9\.1\.Q2: .*Give the letter of one option: A, B or C"):
            record_choice(question, answer)
    assert read_progress() == {}


def test_an_answer_in_a_notebook_is_kept_with_its_letter(question: Question, made_up_course: Path) -> None:
    for answer in ("a", "", "a", "B"):
        check(question.id, answer, course=made_up_course)
    entry = read_progress()["9.1.Q2"]
    assert (entry.attempts, entry.answers) == (3, ("A", "B"))


def test_progress_of_before_letters_were_kept_is_read(home: Path) -> None:
    home.mkdir()
    (home / "progress.json").write_text('{"exercises": {"9.1.Q1": {"attempts": 2, "passed": null}}}')
    assert read_progress()["9.1.Q1"].answers == ()
    record("9.1.Q1", passed=False, answer="C")
    assert read_progress()["9.1.Q1"].answers == ("C",)


@pytest.mark.parametrize("answers", ['["AB"]', "[1]", '"A"', f"{['A'] * 27}".replace("'", '"')])
def test_letters_that_are_none_make_the_file_unreadable(home: Path, answers: str) -> None:
    home.mkdir()
    entry = f'{{"attempts": 2, "passed": null, "answers": {answers}}}'
    (home / "progress.json").write_text(f'{{"exercises": {{"9.1.Q1": {entry}}}}}')
    assert read_progress() == {}


def test_the_server_records_and_tells_what_is_passed_then(served: Server) -> None:
    wrong = choose(served, "1.6.Q2", "C")
    assert (wrong.status, wrong.headers["cache-control"]) == (HTTPStatus.OK, "no-store")
    told = wrong.json()
    assert isinstance(told, dict)
    assert (told["passed"], told["answers"], told["trouble"]) == ([], {"1.6.Q2": ["C"]}, "")
    assert told["lessons"]["1.6"] == "0 of 1 exercise, 0 of 10 quiz questions"
    told = choose(served, "1.6.Q2", "B").json()
    assert isinstance(told, dict)
    assert (told["passed"], told["answers"]) == (["1.6.Q2"], {"1.6.Q2": ["C", "B"]})
    assert read_progress()["1.6.Q2"].attempts == 2


@pytest.mark.parametrize(
    ("question", "letter", "status", "told"),
    [
        ("1.6.Q99", "A", HTTPStatus.NOT_FOUND, "question: expected one of 1.6.Q9 (What is twice 9?), 1.6.Q1"),
        ("", "A", HTTPStatus.NOT_FOUND, "question: expected one of"),
        ("../../x", "A", HTTPStatus.NOT_FOUND, "question: expected one of"),
        ("1.6.Q1", "", HTTPStatus.BAD_REQUEST, "1.6.Q1: there is no answer yet."),
        ("1.6.Q1", "Z" * 10_000, HTTPStatus.BAD_REQUEST, "is none of the options."),
    ],
)
def test_the_server_says_what_it_cannot_record(
    served: Server, question: str, letter: str, status: HTTPStatus, told: str
) -> None:
    refused = choose(served, question, letter)
    assert refused.status == status
    assert told in str(refused.json())
    assert len(refused.body) < 2000
    assert read_progress() == {} or not (served.home / "progress.json").exists()


def test_trouble_in_saving_is_told(served: Server) -> None:
    (served.home / "progress.json").mkdir(exist_ok=True)
    told = choose(served, "1.6.Q1", "A").json()
    assert isinstance(told, dict)
    assert told["trouble"].startswith("(Your progress file could not be understood.")
    assert told["answers"] == {"1.6.Q1": ["A"]}


def test_a_page_needs_the_xsrf_token_beside_its_cookie(served: Server) -> None:
    login = served.ask(f"/course/index.html?token={served.token}").headers["set-cookie"].split(";")[0]
    done = served.ask("/looplab/done", {"Cookie": login})
    told = done.json()
    assert isinstance(told, dict)
    cookies = {"Cookie": f"{login}; {done.headers['set-cookie'].split(';')[0]}"}
    for headers in ({"Cookie": login}, cookies, cookies | {"X-XSRFToken": "guessed"}):
        assert choose(served, "1.6.Q3", "A", headers).status == HTTPStatus.FORBIDDEN
    foreign = cookies | {"X-XSRFToken": told["xsrf"], "Origin": "https://example.org"}
    assert choose(served, "1.6.Q3", "A", foreign).status == HTTPStatus.FORBIDDEN
    assert "1.6.Q3" not in read_progress()
    own = cookies | {"X-XSRFToken": told["xsrf"], "Origin": f"http://{served.host}", "Sec-Fetch-Site": "same-origin"}
    assert choose(served, "1.6.Q3", "A", own).status == HTTPStatus.OK
    assert read_progress()["1.6.Q3"].answers == ("A",)
