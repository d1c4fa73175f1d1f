"""A server over a tiny course, for the tests: `python standin.py COURSE_FOLDER [LESSON] [--port N]`.

Its pages are written by a stand-in for the builder: a lesson whose text says `slow` waits until a file named `go` lies
beside it, one that says `broken` has a fault, and every other page is there at once.
"""

import argparse
import time
from collections.abc import Callable
from pathlib import Path

from looplab.content import lesson_folders
from looplab.course.serve.home import Home
from looplab.course.serve.learning import serve
from looplab.course.serve.queue import PageQueue
from looplab.course.serve.site import Site


class StandIn:
    """Writes each page as a heading."""

    def __init__(self, source: Path, folder: Path) -> None:
        self.source, self.folder, self.stopped = source, folder, False

    def build(self, page: str, report: Callable[[str], None]) -> str:
        lesson = source_of(page, self.source)
        text = lesson.read_text()
        if "broken" in text:
            return (
                f"{lesson}:7: the code raises ZeroDivisionError: division by zero\n{lesson}:9: HTML is not allowed: <b>"
            )
        report("Running its code, 1 of 2")
        while "slow" in text and not self.stopped and not lesson.with_name("go").exists():
            time.sleep(0.02)
        target = self.folder / page
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"<!DOCTYPE html><html lang='en'><title>{target.stem}</title><h1>{target.stem}</h1>")
        return ""

    def stop(self) -> None:
        self.stopped = True


def source_of(page: str, source: Path) -> Path:
    return source / "index.md" if page == "index.html" else source / page.removesuffix(".html") / "lesson.md"


def make_site(home: Home, source: Path) -> Site:
    lessons = {
        f"{folder.relative_to(source).as_posix()}.html": folder.name for folder in lesson_folders(source).values()
    }
    pages = {"index.html": "index"} | lessons
    folder = home.folder / "pages"
    folder.mkdir()
    queue = PageQueue(
        sorted(pages),
        version_of=lambda page: source_of(page, source).read_text(),
        is_built=lambda page: False,
        make_worker=lambda: StandIn(source, folder),
    )
    return Site(source=source, folder=folder, pages=pages, queue=queue, notebooks=home.notebooks)


if __name__ == "__main__":
    arguments = argparse.ArgumentParser()
    arguments.add_argument("source", type=Path)
    arguments.add_argument("lesson", nargs="?")
    arguments.add_argument("--port", type=int, default=0)
    given = arguments.parse_args()
    serve(given.lesson, port=given.port, browser=False, make_site=lambda home: make_site(home, given.source))
