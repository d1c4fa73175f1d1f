"""What `course check`, `build` and `export` show while they work: on a terminal, in a pipe, and with --quiet."""

import io
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from looplab.course.pages.rendering import render
from looplab.course.reading import list_lessons
from looplab.course.running import shown
from looplab.course.running.shown import ShownProgress

LESSON = """\
---
lesson: "{number}"
title: {title}
description: What a step is.
experiments: []
minutes: 5
needs: []
---

# {number} {title}

## Introduction

A step.

```python
print("a step")
```

```python
print("another")
```
"""


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """The folder of a course with two lessons."""
    course = tmp_path / "course"
    for number, title in (("1.1", "A step"), ("1.2", "A second step")):
        lesson = course / "1-steps" / f"{number}-{title.lower().replace(' ', '-')}" / "lesson.md"
        lesson.parent.mkdir(parents=True)
        lesson.write_text(LESSON.format(number=number, title=title))
    (course / "course.toml").write_text('title = "Steps"\n')
    for page in ("index", "notation"):
        (course / f"{page}.md").write_text(f"# The {page}\n")
    return course


def with_a_terminal(words: list[str], folder: Path) -> tuple[str, str]:
    """What a command writes to its standard output, a pipe, and to its standard error, a terminal."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"XDG_CACHE_HOME": str(folder / "cache"), "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(
        [sys.executable, "-m", "looplab", *words], stdout=subprocess.PIPE, stderr=theirs, env=environment, cwd=folder
    )
    os.close(theirs)
    parts: list[bytes] = []

    def read() -> None:
        with os.fdopen(ours, "rb", buffering=0) as terminal:
            try:
                while part := terminal.read(65536):
                    parts.append(part)
            except OSError:  # nobody writes any more
                return

    reader = threading.Thread(target=read)
    reader.start()
    output, _ = process.communicate()
    reader.join()
    return output.decode(), re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(parts).decode())


@pytest.mark.slow
def test_on_a_terminal_an_export_shows_what_runs_and_what_is_done(steps: Path, tmp_path: Path) -> None:
    words = ["course", "export", "1.1", "--to", "post", "--course", str(steps)]
    output, told = with_a_terminal(words, tmp_path)
    assert output == "1.1-a-step.md\n"
    assert told.startswith("Exporting 1.1 as a post …")
    assert "Running lessons: 0 of 1 done" in told
    assert "1.1 A step: 0 of 2 cells" in told
    assert re.search(r"✓ 1\.1 A step \(\d+ s\)", told)
    output, told = with_a_terminal([*words, "--quiet"], tmp_path)
    assert (output, told) == ("1.1-a-step.md\n", "")
    output, told = with_a_terminal(words, tmp_path)
    assert "✓" not in told  # its code was not run again


@pytest.mark.slow
def test_in_a_pipe_nothing_is_shown(steps: Path, tmp_path: Path) -> None:
    words = ["course", "export", "1.2", "--to", "post", "--course", str(steps)]
    environment = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    said = subprocess.run(
        [sys.executable, "-m", "looplab", *words], capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert (said.stdout, said.stderr, said.returncode) == ("1.2-a-second-step.md\n", "", 0)


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_each_lesson_that_has_run_is_listed_and_one_that_was_kept_is_counted(
    steps: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    first, second = list_lessons(steps)
    with ShownProgress(2) as progress:
        progress.ran(first, 0, 2)
        progress.ran(first, 1, 2)
        assert said_by(progress) == ["Running lessons: 0 of 2 done", "  1.1 A step: 1 of 2 cells"]
        progress.ended(second)
        assert said_by(progress) == ["Running lessons: 1 of 2 done", "  1.1 A step: 1 of 2 cells"]
        progress.ended(first)
        progress.say("Writing pages: 1, index")
        assert said_by(progress) == ["Writing pages: 1, index"]
    assert re.search(r"✓ 1\.1 A step \(0 s\)", terminal.getvalue())
    assert "✓ 1.2" not in terminal.getvalue()


@pytest.mark.parametrize("quiet", [True, False])
def test_without_a_terminal_or_with_quiet_nothing_is_written(
    steps: Path, monkeypatch: pytest.MonkeyPatch, quiet: bool
) -> None:
    written = Terminal() if quiet else io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    lesson = list_lessons(steps)[0]
    with shown.ShownProgress(1, quiet=quiet) as progress:
        progress.ran(lesson, 1, 2)
        progress.ended(lesson)
        progress.say("Writing pages")
    assert written.getvalue() == ""


def said_by(progress: ShownProgress) -> list[str]:
    return [task.description for task in progress._progress.tasks]


def test_each_page_is_told_when_it_is_read_and_when_it_is_written(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "index.md").write_text("# A course\n\n```{toctree}\nanother\n```\n")
    (source / "another.md").write_text("# Another\n")
    told: list[str] = []
    render(source, tmp_path / "html", tmp_path / "doctrees", "A course", told.append)
    assert [each for each in told if each.startswith("Reading")] == [
        "Reading pages: 1, another",
        "Reading pages: 2, index",
    ]
    assert "Writing pages: 1, another" in told
    assert "Writing pages: 2, index" in told
