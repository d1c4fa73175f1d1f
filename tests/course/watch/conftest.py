"""A course with two exercises, and a process that watches them, with whoever saves files at its side."""

import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

PATIENCE_SECONDS = 200.0  # for what takes two or three on an idle machine

EXERCISES = """
from looplab.course.exercises import Exercise, Planted, WrongAnswer, call


def check(factor):
    def check_answer(answer):
        value = call(answer, 3)
        if value != factor * 3:
            raise WrongAnswer(f"it gave {value}, expected {factor * 3}.")
    return check_answer


WRONG = (Planted(source="def double(x): return x", message="expected"),)
EXERCISES = (
    Exercise(id="1.1.1", title="Double it", answer="double", check=check(2), wrong=WRONG),
    Exercise(id="1.1.2", title="Triple it", answer="triple", check=check(3), wrong=WRONG),
)
"""
LESSON = """\
---
title: A step
---

# 1.1 A step

## Exercises

### 1.1.1 Double it

```python
def double(x):
    raise NotImplementedError
```

### 1.1.2 Triple it

```python
def triple(x):
    raise NotImplementedError
```
"""
WATCH = """
import sys
from functools import partial
from pathlib import Path
from looplab.course.watch import watch

watch("1.1", folder=Path(sys.argv[1]), course=Path(sys.argv[2]), say=partial(print, flush=True))
"""


class Watching:
    """A process that watches, and what it has said so far."""

    def __init__(self, words: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, *words],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self.said: list[str] = []
        self._coming: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def until(self, *words: str) -> str:
        """Wait for a line with these words; return it."""
        while True:
            line = self._coming.get(timeout=PATIENCE_SECONDS)
            assert line is not None, f"ended without saying {words}: {self.said}"
            self.said.append(line)
            if all(word in line for word in words):
                return line

    def end(self) -> int:
        """Wait until it ends by itself; the exit status."""
        while (line := self._coming.get(timeout=PATIENCE_SECONDS)) is not None:
            self.said.append(line)
        return self.process.wait(timeout=PATIENCE_SECONDS)

    def press_control_c(self) -> None:
        self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self._reader.join()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as lines:
            for line in lines:
                self._coming.put(line.rstrip("\n"))
        self._coming.put(None)


@pytest.fixture
def steps(tmp_path: Path) -> Path:
    """The folder of the course."""
    lesson = tmp_path / "course" / "1-steps" / "1.1-a-step"
    lesson.mkdir(parents=True)
    (tmp_path / "course" / "course.toml").write_text('title = "Steps"\n')
    (lesson / "lesson.md").write_text(LESSON)
    (lesson / "exercises.py").write_text(EXERCISES)
    return tmp_path / "course"


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """The folder of the answers; nothing is there yet."""
    return tmp_path / "answers"


@pytest.fixture
def start(steps: Path, answers: Path, home: Path) -> Iterator[Callable[..., Watching]]:
    """Start a process that watches the two exercises, or any other with words of its own."""
    running: list[Watching] = []

    def started(*words: str) -> Watching:
        environment = os.environ | {"LOOPLAB_HOME": str(home)}
        running.append(Watching([*words] or ["-c", WATCH, str(answers), str(steps)], environment))
        return running[-1]

    yield started
    for watching in running:
        watching.kill()
