"""The order in which pages are built, and what becomes of one whose source changes or whose builder ends."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from looplab.course.serve.queue import PageQueue
from looplab.course.serve.worker import WorkerProcess


class Builder:
    """Builds nothing, one page each time it is told to go on."""

    def __init__(self) -> None:
        self.order: list[str] = []
        self.begun, self.go_on = threading.Semaphore(0), threading.Semaphore(0)
        self.faults: dict[str, str] = {}
        self.stopped = self.building = False

    def build(self, page: str, report: Callable[[str], None]) -> str:
        self.order.append(page)
        report(f"doing {page}")
        self.building = True
        self.begun.release()
        assert self.go_on.acquire(timeout=200)
        self.building = False
        if self.faults.get(page) == "end" or (self.faults.get(page) == "end once" and self.order.count(page) == 1):
            raise BrokenPipeError("exit status 1")
        if self.faults.get(page) == "end once":
            return ""
        return self.faults.get(page, "")

    def stop(self) -> None:
        self.stopped = True
        if self.building:
            self.go_on.release()

    def finish(self, pages: int) -> None:
        """Let so many pages be built."""
        for _ in range(pages):
            self.go_on.release()
            assert self.begun.acquire(timeout=200)


@pytest.fixture
def versions() -> dict[str, str]:
    return dict.fromkeys("abcd", "1")


@pytest.fixture
def builder() -> Builder:
    return Builder()


@pytest.fixture
def queue(versions: dict[str, str], builder: Builder) -> Iterator[PageQueue]:
    queue = PageQueue(
        list("abcd"), version_of=versions.__getitem__, is_built=lambda page: page == "b", make_worker=lambda: builder
    )
    yield queue
    queue.stop()


def test_what_somebody_asks_for_comes_first_and_what_is_built_not_at_all(queue: PageQueue, builder: Builder) -> None:
    assert queue.ask_for("d").kind == "waiting"
    queue.start()
    assert builder.begun.acquire(timeout=200)
    assert (queue.state("d").kind, queue.state("d").detail) == ("building", "doing d")
    assert queue.ask_for("b").kind == "built"
    assert queue.counts() == (1, 4)
    queue.ask_for("c")
    builder.finish(2)
    assert builder.order == ["d", "c", "a"]
    assert queue.counts() == (3, 4)


def test_a_source_that_changes_while_its_page_is_built_is_built_once_more(
    queue: PageQueue, builder: Builder, versions: dict[str, str]
) -> None:
    queue.start()
    assert builder.begun.acquire(timeout=200)
    versions["a"] = "2"
    assert queue.ask_for("a").kind == "waiting"
    builder.finish(1)
    assert builder.order == ["a", "a"]
    assert queue.state("a").kind == "building"
    builder.finish(1)
    assert queue.state("a") == queue.ask_for("a")
    assert queue.state("a").kind == "built"


def test_faults_are_kept_and_a_builder_that_ends_is_replaced(queue: PageQueue, builder: Builder) -> None:
    builder.faults = {"a": "a.md:1: reason", "c": "end"}
    queue.start()
    assert builder.begun.acquire(timeout=200)
    builder.finish(3)
    assert builder.order == ["a", "c", "c", "d"]
    assert (queue.state("a").kind, queue.state("a").detail) == ("failed", "a.md:1: reason")
    assert queue.state("c").kind == "failed"
    assert queue.state("c").detail == ("c: the process that builds pages ended twice over this one (exit status 1)")
    assert queue.state("d").kind == "building"


def test_a_page_whose_builder_is_killed_is_built_by_another(queue: PageQueue, builder: Builder) -> None:
    builder.faults = {"a": "end once", "d": "end once"}
    queue.start()
    assert builder.begun.acquire(timeout=200)
    builder.finish(1)
    assert builder.stopped  # what is left of it is cleared away
    builder.finish(3)
    assert builder.order == ["a", "a", "c", "d", "d"]
    assert queue.state("a").kind == "built"
    builder.go_on.release()
    while queue.state("d").kind == "building":
        time.sleep(0.01)
    assert queue.state("d").kind == "built"


def test_stopping_ends_the_page_that_is_built_and_begins_no_other(queue: PageQueue, builder: Builder) -> None:
    queue.start()
    assert builder.begun.acquire(timeout=200)
    queue.stop()
    assert builder.stopped
    assert not builder.begun.acquire(timeout=0.2)
    assert builder.order == ["a"]


def test_the_process_says_what_is_wrong_and_ends_when_it_is_told_to() -> None:
    worker = WorkerProcess()
    try:
        assert worker.build("none.html", print).startswith("page: expected one of ")
    finally:
        worker.stop()
    with pytest.raises(OSError, match=r"^stopped$"):
        worker.build("index.html", print)


def test_a_process_that_is_killed_is_replaced() -> None:
    made: list[WorkerProcess] = []

    def make() -> WorkerProcess:
        made.append(WorkerProcess())
        if len(made) == 1:
            made[0]._process.kill()
        return made[-1]

    queue = PageQueue(["none.html"], version_of=lambda page: "1", is_built=lambda page: False, make_worker=make)
    queue.start()
    try:
        while queue.state("none.html").kind in ("waiting", "building"):
            time.sleep(0.02)
        assert queue.state("none.html").detail.startswith("page: expected one of ")
    finally:
        queue.stop()
    assert len(made) == 2


def test_the_process_ends_with_its_pipe() -> None:
    command = [sys.executable, "-m", "looplab.course.serve.worker"]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=True, timeout=240)
    assert (done.stdout, done.stderr) == (b"", b"")
