"""Figures that live, in lessons and on other pages: every fault with its line and its words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.reading.live_figures import live_figures

Faults = Callable[..., list[str]]
GOOD = "caption: Drag it; see [halving](../9.2-halving/lesson.md).\nalt: A ball in a\n  bowl of $y = x^2$."
DATA = "def data() -> list[float]:\n    return [0.5]\n"


@pytest.fixture
def faults(lesson_text: str, with_lesson: Callable[[str], Path]) -> Faults:
    """A function that checks the lesson with such a fence in line 30, and gives its faults as `line: reason`."""

    def check(name: str, body: str, **files: str) -> list[str]:
        fence = f"## In depth\n\n```{{live}} {name}\n{body}\n```\n"
        folder = with_lesson(lesson_text.replace("## In depth\n", fence))
        place = folder / "9-arithmetic/9.1-doubling/figures"
        place.mkdir()
        for ending, text in ({"ts": "", "py": DATA, "svg": "<svg></svg>"} | files).items():
            (place / f"ball.{ending}").write_text(text)
        (place / "_helper.ts").write_text("")
        return [f"{fault.line}: {fault.reason}" for fault in check_course(["9.1"], run=False, folder=folder)]

    return check


def test_a_good_fence_is_no_fault(faults: Faults) -> None:
    assert faults("ball", GOOD) == []


FAULTS = {
    "misspelt": ("bal", GOOD, {}, "30: no figure is called 'bal': did you mean 'ball'?"),
    "unknown": ("wave", GOOD, {}, "30: no figure is called 'wave': there are ball"),
    "a helper": ("_helper", GOOD, {}, "30: no figure is called '_helper': there are ball"),
    "no name": ("", GOOD, {}, "30: no figure is called '': there are ball"),
    "no caption": (
        "ball",
        "alt: A ball.",
        {},
        "30: a live figure needs 'caption: …': what to see, and what someone who cannot see it needs",
    ),
    "neither": (
        "ball",
        "",
        {},
        "30: a live figure needs 'caption: …' and 'alt: …': what to see, and what someone who cannot see it",
    ),
    "another line": (
        "ball",
        f"{GOOD}\ncolour: blue",
        {},
        "34: expected 'caption:', 'alt:' or a line that goes on and begins with a space",
    ),
    "HTML": ("ball", "caption: <b>Drag</b> it.\nalt: A ball.", {}, "31: HTML is not allowed: <b>"),
    "data that raise": (
        "ball",
        GOOD,
        {"py": "def data() -> None:\n    raise OSError('no disk')\n"},
        "30: the data of the figure 'ball': OSError: no disk",
    ),
    "data that JSON cannot hold": (
        "ball",
        GOOD,
        {"py": "def data() -> float:\n    return float('nan')\n"},
        "30: the data of the figure 'ball': ValueError: Out of range float values are not JSON compliant",
    ),
}


@pytest.mark.parametrize(("name", "body", "files", "said"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_told_with_its_line(faults: Faults, name: str, body: str, files: dict[str, str], said: str) -> None:
    found = faults(name, body, **files)
    assert len(found) == 1
    assert found[0].startswith(said)


def test_twice_on_a_page_is_once_too_often(faults: Faults) -> None:
    assert faults("ball", f"{GOOD}\n```\n\n```{{live}} ball\n{GOOD}") == [
        "36: the figure 'ball' is shown twice on this page"
    ]


def test_without_a_still_it_cannot_be_shown(faults: Faults, made_up_course: Path) -> None:
    faults("ball", GOOD)
    live_figures(made_up_course)["ball"].source.with_suffix(".svg").unlink()
    (found,) = check_course(["9.1"], run=False, folder=made_up_course)
    assert (found.line, found.reason) == (30, "the figure 'ball' has no still picture: run make web")


def test_on_another_page_it_may_stand_too(faults: Faults, made_up_course: Path) -> None:
    faults("ball", GOOD)
    index = made_up_course / "index.md"
    index.write_text("# A course\n\n```{live} ball\ncaption: Drag it.\nalt: A ball.\n```\n")
    assert check_course(run=False, folder=made_up_course) == []
    index.write_text("# A course\n\n```{live} bal\ncaption: Drag it.\nalt: A ball.\n```\n")
    (found,) = check_course(run=False, folder=made_up_course)
    assert str(found).endswith("index.md:3: no figure is called 'bal': did you mean 'ball'?")


def test_in_a_list_it_is_told_to_come_out(faults: Faults) -> None:
    found = faults("ball", f"{GOOD}\n```\n\n- a list\n\n  ```{{live}} ball\n  caption: Drag it.\n  ```\n\n```text\nend")
    assert found == ["38: a {live} fence must stand at the left margin, not inside a list or a quotation"]
