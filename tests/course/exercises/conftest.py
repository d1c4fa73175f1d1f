"""The worked example joins the course for a test; progress goes to a temporary folder."""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from looplab.course import exercises
from looplab.course.exercises import Exercise, find_exercise, list_exercises, registry

collect_ignore = ["toy"]
TOY = str(Path(__file__).with_name("toy"))


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's data folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LOOPLAB_HOME", str(folder))
    return folder


@pytest.fixture
def toy_lesson(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lesson 9.9 is part of the course."""
    list_exercises()
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    monkeypatch.setattr(exercises, "__path__", [*exercises.__path__, TOY])
    yield
    sys.modules.pop("looplab.course.exercises.lesson_9_9", None)


@pytest.fixture
def toy(toy_lesson: None) -> Exercise:
    """Exercise 9.9.1: define double(x) for an x of (3, 1)."""
    return find_exercise("9.9.1")
