""" "Open live": the learner's copy is made once, by the learner alone, and never written over."""

import re
import threading
from http import HTTPStatus
from pathlib import Path

import pytest

from looplab.course.serve.notebooks import notebook_for
from looplab.errors import FileError, ServeError

from .conftest import Server

LIVE = "/looplab/live/1.1"


def test_it_makes_the_learners_copy_and_opens_it(server: Server) -> None:
    answer = server.ask(LIVE, server.key)
    assert (answer.status, answer.headers["location"]) == (HTTPStatus.FOUND, "/lab/tree/1.1-quick.ipynb")
    notebook = server.home / "notebooks" / "1.1-quick.ipynb"
    assert "A quick lesson" in notebook.read_text()
    assert '"name": "python3"' in notebook.read_text()

    notebook.write_text("my work")
    (server.course / "1-one" / "1.1-quick/lesson.md").write_text("# 1.1 A lesson that has changed since\n")
    assert server.ask(LIVE, server.key).status == HTTPStatus.FOUND
    assert notebook.read_text() == "my work"
    assert list(notebook.parent.glob("*1.1*")) == [notebook]


def test_an_unknown_lesson_lists_those_there_are(server: Server) -> None:
    answer = server.ask("/looplab/live/1.9", server.key)
    assert answer.status == HTTPStatus.NOT_FOUND
    assert "(the nearest of 4), got &#39;1.9&#39;" in answer.body


@pytest.mark.parametrize(
    "lesson", ["..", "..%2f..%2fetc", "%2e%2e", "1.1%00", "1.1%2f..", "<script>", "{0}", "%0d%0aX: y"]
)
def test_a_strange_lesson_makes_nothing(server: Server, lesson: str) -> None:
    before = sorted(server.home.rglob("*.ipynb"))
    answer = server.ask(f"/looplab/live/{lesson.replace('<', '%3C').replace(': ', ':')}", server.key)
    assert answer.status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST)
    assert "<script>" not in answer.body
    assert sorted(server.home.rglob("*.ipynb")) == before


def test_a_link_on_another_site_makes_nothing_but_asks(server: Server) -> None:
    cookie = server.ask(f"/course/index.html?token={server.token}").headers["set-cookie"].split(";")[0]
    link = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Cookie": cookie}
    notebook = server.home / "notebooks" / "1.3-broken.ipynb"

    for foreign in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        asked = server.ask("/looplab/live/1.3", link | foreign)
        assert asked.status == HTTPStatus.OK
        assert "Open “1.3 A broken lesson” live?" in asked.body.encode("latin-1").decode()
        assert not notebook.exists()
    assert server.ask("/looplab/live/1.3", {"Cookie": cookie}).status == HTTPStatus.OK
    assert not notebook.exists()

    form = re.search(r'name="_xsrf" value="([^"]+)"', asked.body)
    assert form is not None
    xsrf = asked.headers["set-cookie"].split(";")[0]
    posted = {
        "Cookie": f"{cookie}; {xsrf}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Origin": f"http://{server.host}",
    }
    unsigned = server.ask("/looplab/live/1.3", posted, method="POST", body="")
    assert unsigned.status == HTTPStatus.FORBIDDEN
    assert not notebook.exists()
    opened = server.ask("/looplab/live/1.3", posted, method="POST", body=f"_xsrf={form[1]}")
    assert opened.headers["location"] == "/lab/tree/1.3-broken.ipynb"
    assert notebook.exists()


def test_a_link_on_our_own_page_opens_it(server: Server) -> None:
    cookie = server.ask(f"/course/index.html?token={server.token}").headers["set-cookie"].split(";")[0]
    own = {
        "Sec-Fetch-Mode": "navigate",
        "Sec-Fetch-Dest": "document",
        "Sec-Fetch-Site": "same-origin",
        "Cookie": cookie,
    }
    assert server.ask("/looplab/live/1.4", own).headers["location"] == "/lab/tree/1.4-last.ipynb"


def test_many_at_once_agree_on_one_copy(tmp_path: Path) -> None:
    together = threading.Barrier(8)

    def text(number: int) -> str:
        together.wait()
        return str(number) * 100_000

    threads = [
        threading.Thread(target=notebook_for, args=("2.4", tmp_path, lambda number=number: text(number)))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    content = (tmp_path / "2.4.ipynb").read_text()
    assert content == content[0] * 100_000
    assert [path.name for path in tmp_path.iterdir()] == ["2.4.ipynb"]


def test_a_link_in_the_copys_place_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "2.4.ipynb").symlink_to(tmp_path / "elsewhere")
    notebook_for("2.4", tmp_path, lambda: "text")
    assert not (tmp_path / "elsewhere").exists()


def test_a_file_system_without_hard_links_is_good_enough(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", no_links)
    assert notebook_for("2.4", tmp_path, lambda: "text").read_text() == "text"
    assert notebook_for("2.4", tmp_path, lambda: "other").read_text() == "text"


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\\b", "a\0", "a\nb", "../2.4"])
def test_a_name_that_is_no_plain_file_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ServeError, match=r"^the lesson's file name: expected letters, digits, dots and hyphens, got "):
        notebook_for(name, tmp_path, lambda: "text")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_written_to_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FileError, match="none: expected a folder that can be made and written to, got "):
        notebook_for("2.4", tmp_path / "file" / "none", lambda: "text")
