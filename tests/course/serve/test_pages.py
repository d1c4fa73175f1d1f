"""Pages as they are served: built when somebody asks, shown with their faults, and never from outside their folder."""

import time
from collections.abc import Callable
from http import HTTPStatus

import pytest

from .conftest import Answer, Server


def until(look: Callable[[], Answer], wanted: Callable[[Answer], bool], seconds: float = 200) -> Answer:
    """The first answer that is the wanted one."""
    deadline = time.monotonic() + seconds
    while not wanted(answer := look()):
        assert time.monotonic() < deadline, answer
        time.sleep(0.02)
    return answer


def ready(answer: Answer) -> bool:
    return "Preparing" not in answer.body


def page(server: Server, path: str) -> Answer:
    return until(lambda: server.ask(path, server.key), ready)


def test_a_page_is_built_and_shown(server: Server) -> None:
    answer = page(server, "/course/1-one/1.1-quick.html")
    assert answer.status == HTTPStatus.OK
    assert "<h1>1.1-quick</h1>" in answer.body
    assert answer.headers["content-type"] == "text/html; charset=UTF-8"
    assert answer.headers["cache-control"] == "no-cache"
    again = server.ask("/course/1-one/1.1-quick.html", server.key | {"If-None-Match": answer.headers["etag"]})
    assert again.status == HTTPStatus.NOT_MODIFIED


def test_a_page_may_load_nothing_from_elsewhere(server: Server) -> None:
    policy = page(server, "/course/1-one/1.1-quick.html").headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy
    assert "*" not in policy
    assert page(server, "/course/index.html").headers["referrer-policy"] == "same-origin"


def test_a_page_that_takes_long_is_answered_at_once_and_says_how_far_it_is(server: Server) -> None:
    path, source = "/course/1-one/1.2-later.html", server.course / "1-one" / "1.2-later/lesson.md"
    page(server, path)
    source.write_text("# 1.2 slow now")
    try:
        waiting = until(lambda: server.ask(path, server.key), lambda answer: "Running its code" in answer.body)
        assert waiting.status == HTTPStatus.OK
        assert waiting.headers["cache-control"] == "no-store"
        assert '<noscript><meta http-equiv="refresh"' in waiting.body
        assert "http://" not in waiting.body
        assert "https://" not in waiting.body
        state = server.ask("/looplab/progress/1-one/1.2-later.html", server.key).json()
        assert isinstance(state, dict)
        assert state["kind"] == "building"
        assert state["detail"].startswith("Running its code, 1 of 2. ")
    finally:
        source.with_name("go").touch()
    assert "<h1>1.2-later</h1>" in page(server, path).body


def test_a_page_is_built_anew_when_its_source_has_changed(server: Server) -> None:
    path, source = "/course/1-one/1.4-last.html", server.course / "1-one" / "1.4-last/lesson.md"
    assert "<h1>1.4-last</h1>" in page(server, path).body
    source.write_text("# 1.4 now broken")
    assert page(server, path).status == HTTPStatus.INTERNAL_SERVER_ERROR
    source.write_text("# 1.4 mended")
    assert page(server, path).status == HTTPStatus.OK


def test_a_lesson_that_fails_shows_file_line_and_reason(server: Server) -> None:
    answer = page(server, "/course/1-one/1.3-broken.html")
    assert answer.status == HTTPStatus.INTERNAL_SERVER_ERROR
    source = server.course / "1-one" / "1.3-broken/lesson.md"
    assert f"<code>{source}:7: the code raises ZeroDivisionError: division by zero</code>" in answer.body
    assert f"<code>{source}:9: HTML is not allowed: &lt;b&gt;</code>" in answer.body


def test_a_head_request_has_no_contents(server: Server) -> None:
    page(server, "/course/1-one/1.1-quick.html")
    answer = server.ask("/course/1-one/1.1-quick.html", server.key, method="HEAD")
    assert (answer.status, answer.body) == (HTTPStatus.OK, "")


@pytest.mark.parametrize("path", ["/", "/course", "/course/"])
def test_the_root_leads_to_the_contents(server: Server, path: str) -> None:
    answer = server.ask(path, server.key)
    assert (answer.status, answer.headers["location"]) == (HTTPStatus.FOUND, "/course/index.html")


@pytest.mark.parametrize(
    "path",
    [
        "../jupyter/settings",
        "..%2fjupyter",
        "..%2f..%2fcourse%2findex.md",
        "1-one/..%2f..%2fnotebooks",
        "%2fetc%2fpasswd",
        "/etc/passwd",
        "..%5cjupyter",
        "%2e%2e/%2e%2e/course/index.md",
        "index.html%00.png",
        "index.html/",
        "1-one",
        "planted-link/index.md",
        "none.html",
    ],
)
def test_nothing_outside_the_folder_of_pages_is_served(server: Server, path: str) -> None:
    link = server.home / "pages" / "planted-link"
    if not link.is_symlink():
        link.symlink_to(server.course)
    answer = server.ask(f"/course/{path}", server.key)
    assert answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
    assert "The course" not in answer.body
    assert "root:" not in answer.body


def test_progress_of_an_unknown_page(server: Server) -> None:
    assert server.ask("/looplab/progress/none.html", server.key).status == HTTPStatus.NOT_FOUND
