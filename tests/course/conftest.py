"""Two courses: one of two short lessons, written into a temporary folder, and one with a worked exercise."""

from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.exercises import Exercise, find_exercise

LESSON = """\
---
lesson: "9.1"
title: Doubling
description: What doubling does to a line.
experiments: []
minutes: 5
needs: []
---

# 9.1 Doubling

## Introduction

We double numbers; the words are in the [notation](../../notation.md#words).

## ELI5

Two for every one.

## Mathematical foundations

With $y = 2x$ and $x \\in \\mathbb{R}$:

$$
\\left( \\frac{y}{x} \\right)^2 = 4
$$

## In depth

Nothing is deeper; the [next lesson](../9.2-halving/lesson.md#in-depth) halves.

## Demonstrations

### Demonstration 1: is it a line?

```python
def double(x: float) -> float:
    \"\"\"Twice x.\"\"\"
    return 2 * x


print([double(x) for x in (0.0, 1.0, 2.0)])
```

The picture:

```python
# caption: Twice x grows twice as fast as x.
# alt: A straight line from the origin
#   to the point 2, 4.
import matplotlib.pyplot as plt

figure, axes = plt.subplots(figsize=(4, 3))
axes.plot([0, 1, 2], [double(x) for x in (0.0, 1.0, 2.0)])
axes.set(title="Twice x", xlabel="x", ylabel="2x")
axes.margins(0.1)
plt.show()
```

Install with:

```bash
uv pip install looplab
```

## What learners ask

### Why two?

Because.

## Exercises

### 9.1.1 Triple it

```python
def triple(x: float) -> float:
    raise NotImplementedError
```

#### Hints

1. Look at `double` in [the demonstration](#demonstrations).
2. To triple is to *add twice more*:

   $x + 2x$.
3. Return the product of a number and `x`.

### Solutions

#### Solution 9.1.1

```python
def triple(x: float) -> float:
    return 3 * x
```

Notice that it is more.

## Summary

Doubling doubles.

## Key takeaways

Two is enough.

## Next

[Halving](../9.2-halving/lesson.md).
"""


TOY_COURSE = Path(__file__).with_name("toy_course")


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


@pytest.fixture
def lesson_text() -> str:
    """A lesson without a fault."""
    return LESSON


def quiz_sections(number: str, questions: int = 10) -> str:
    """The sections Checklist and Quiz of a lesson, without a fault: the right answers stand at A, B, C, A, …"""
    parts = ["\n## Checklist\n\n- [ ] I can double `x`, as in [demonstration](#demonstrations).\n- [ ] I can [halve]"]
    parts.append("(../9.2-halving/lesson.md)\n  what is $2x$.\n\n## Quiz\n\nAnswer without looking.\n")
    for position in range(1, questions + 1):
        parts.append(f"\n### {number}.Q{position} What is twice {position}?\n\nTake `double`.\n\n")
        options = [f"`{2 * position + wrong}` is it" for wrong in (1, 2)]
        options.insert((position - 1) % 3, f"It is ${2 * position}$")
        for option in options:
            mark = "x" if "$" in option else " "
            parts.append(f"- [{mark}] {option}\n  - It says {option}, see [halving](../9.2-halving/lesson.md).\n")
    return "".join(parts)


@pytest.fixture
def quiz_text() -> str:
    """The sections Checklist and Quiz of lesson 9.1."""
    return quiz_sections("9.1")


@pytest.fixture(scope="session")
def kept_quiz() -> str:
    """The same, for what is made once."""
    return quiz_sections("9.1")


def make_course(folder: Path) -> Path:
    """Write the course; its last lesson ends the module with a checklist and a quiz."""
    for name in ("9.1-doubling", "9.2-halving"):
        (folder / "9-arithmetic" / name).mkdir(parents=True)
    (folder / "course.toml").touch()
    (folder / "index.md").write_text("# A course\n\nStart with [notation](notation.md).\n")
    (folder / "notation.md").write_text("# Notation\n\n## Words\n\n$x$ is a number.\n")
    (folder / "9-arithmetic/9.1-doubling/lesson.md").write_text(LESSON)
    last = LESSON + quiz_sections("9.1")
    halving = last.replace("9.1", "9.2").replace("Doubling", "Halving").replace("9.2-halving", "9.1-doubling")
    (folder / "9-arithmetic/9.2-halving/lesson.md").write_text(halving)
    return folder


@pytest.fixture
def made_up_course(tmp_path: Path) -> Path:
    """The folder of a course with the lessons 9.1 and 9.2, an index and a notation page."""
    return make_course(tmp_path / "course")


@pytest.fixture(scope="session")
def kept_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same course, made once; no test may change it."""
    return make_course(tmp_path_factory.mktemp("kept") / "course")


@pytest.fixture(scope="session")
def kept_cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where executions are kept, so that each lesson of the made-up course runs once a session."""
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def with_lesson(made_up_course: Path) -> Callable[[str], Path]:
    """A function that puts a text in the place of lesson 9.1 and gives the course's folder."""

    def replace(text: str) -> Path:
        (made_up_course / "9-arithmetic/9.1-doubling/lesson.md").write_text(text)
        return made_up_course

    return replace
