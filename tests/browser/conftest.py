"""`looplab learn` as a learner starts it, and a headless Chromium that looks at it."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
)

LINE = re.compile(r"The course is at (http://127\.0\.0\.1:\d+)(/course/\S+)\?token=(\S+)  \(Ctrl-C stops it\)\n")
INSIDE = ("data:", "attachment:")
"""Addresses of what a document holds itself; JupyterLab puts the contents of an attachment in place a moment later."""

PATIENCE_MS = 120_000
"""How long a condition may take on a busy machine; on a quiet one it takes seconds."""


@dataclass(frozen=True)
class Course:
    """The course as it is served."""

    root: str
    path: str
    token: str
    home: Path

    @property
    def address(self) -> str:
        return f"{self.root}{self.path}?token={self.token}"


def open_page(page: Page, address: str) -> None:
    """Open a page of the course and wait until it is built; one that cannot be built is a failure at once."""
    page.goto(address)
    cannot = page.get_by_role("heading", name="cannot be shown")
    expect(page.locator("article h1").or_(cannot).first).to_be_visible(timeout=PATIENCE_MS)
    assert cannot.count() == 0, page.locator("main").inner_text()


@dataclass
class Traffic:
    """What a browser asked for, and what went wrong."""

    root: str
    asked: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    def watch(self, context: BrowserContext) -> None:
        context.on("request", self._asked)
        context.on("response", self._answered)
        context.on("requestfailed", self._failed)
        context.on("console", self._said)
        context.on("weberror", lambda error: self.wrong.append(f"error: {error.error}"))

    def _asked(self, request: Request) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((f"{self.root}/", f"blob:{self.root}/", *INSIDE)):
            self.wrong.append(f"external: {request.url}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.wrong.append(f"{response.status}: {response.request.method} {response.url}")

    def _failed(self, request: Request) -> None:
        given_up = request.failure == "net::ERR_ABORTED"  # what a page no longer waits for when it is left
        if not given_up and not request.url.startswith(INSIDE):
            self.wrong.append(f"{request.failure}: {request.url}")

    def _said(self, message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            self.wrong.append(f"console: {message.text}")


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """The real course, with a learner who has nothing yet."""
    home = tmp_path_factory.mktemp("learner")
    process = subprocess.Popen(
        [sys.executable, "-m", "looplab", "learn", "2.1", "--no-browser", "--port", "0"],
        env=os.environ | {"LOOPLAB_HOME": str(home)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = LINE.fullmatch(process.stdout.readline())
        assert line is not None
        yield Course(line[1], line[2], line[3], home)
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 0


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser window of its own, without cookies."""
    context = browser.new_context(viewport={"width": 1400, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@pytest.fixture
def traffic(context: BrowserContext, course: Course) -> Traffic:
    """What the window asks for."""
    watched = Traffic(course.root)
    watched.watch(context)
    return watched


@pytest.fixture
def page(context: BrowserContext, traffic: Traffic) -> Page:
    """A tab in the window."""
    del traffic
    return context.new_page()
