"""A course with one worked example; progress goes to a temporary folder."""

from pathlib import Path

import pytest

from looplab.course.exercises import Exercise, find_exercise

TOY_COURSE = Path(__file__).parents[1] / "toy_course"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The learner's data folder."""
    folder = tmp_path / "home"
    monkeypatch.setenv("LOOPLAB_HOME", str(folder))
    return folder


@pytest.fixture
def toy_course() -> Path:
    """The folder of a course that has one lesson, 9.9."""
    return TOY_COURSE


@pytest.fixture
def toy() -> Exercise:
    """Exercise 9.9.1: define double(x) for an x of (3, 1)."""
    return find_exercise("9.9.1", TOY_COURSE)
