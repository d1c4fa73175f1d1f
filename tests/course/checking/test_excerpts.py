"""Code of looplab in lessons: every fault with its line and its words."""

from collections.abc import Callable
from pathlib import Path

import pytest

from looplab.course.checking import check_course
from looplab.course.reading.excerpts import excerpt
from looplab.course.reading.markdown import parse

Faults = Callable[[str, str], list[str]]
TRAIN = "looplab.loop.train:train"
EVALUATE = "looplab.loop.evaluation:predicted"
STEP = "from: optimizer.zero_grad()\nto: optimizer.step()\n"


@pytest.fixture
def faults(lesson_text: str, with_lesson: Callable[[str], Path]) -> Faults:
    """A function that checks the lesson with such a fence in line 30, and gives its faults as `line: reason`."""

    def check(target: str, body: str) -> list[str]:
        fence = f"## In depth\n\n```{{source}} {target}\n{body}\n```\n"
        folder = with_lesson(lesson_text.replace("## In depth\n", fence))
        return [f"{fault.line}: {fault.reason}" for fault in check_course(["9.1"], run=False, folder=folder)]

    return check


def test_a_good_fence_is_no_fault(faults: Faults) -> None:
    assert faults(TRAIN, f"{STEP}A step on $x$, as in [halving](../9.2-halving/lesson.md).") == []


FAULTS = {
    "unknown module": (
        "looplab.loop.trian:train",
        "A.",
        "30: module of {source}: expected one of looplab.loop.train, ",
    ),
    "unknown object": (
        "looplab.loop.train:trian",
        "A.",
        "30: object of {source} in looplab.loop.train: expected one of t",
    ),
    "another package": (
        "torch.nn:Linear",
        "A.",
        "30: the object of {source}: expected a module of looplab and an object",
    ),
    "no object": ("looplab.loop.train", "A.", "30: the object of {source}: expected a module of looplab and an"),
    "start not there": (
        TRAIN,
        "from: optimiser\nA.",
        f"30: 'from: optimiser' stands in no line of {TRAIN}, its docstrings left out",
    ),
    "end before the start": (
        TRAIN,
        "from: optimizer.step()\nto: optimizer.zero_grad()\nA.",
        f"30: 'to: optimizer.zero_grad()' stands in no later line of {TRAIN}, its docstrings left out",
    ),
    "no caption": (TRAIN, STEP.rstrip(), "32: the caption is empty: write one sentence"),
    "two sentences": (EVALUATE, "One. Two.", "30: a caption is one sentence: move the others out of the fence"),
    "HTML": (EVALUATE, "One<br>line.", "31: HTML is not allowed: <br>"),
    "formula": (EVALUATE, "It is $\\frac{1$.", "31: the formula"),
    "link": (EVALUATE, "See [it](no.md).", "31: the link 'no.md' leads to a file that does not exist"),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_fault_is_told_with_its_line(case: str, faults: Faults) -> None:
    target, body, told = FAULTS[case]
    (fault,) = faults(target, body)
    assert fault.startswith(told)


def test_an_excerpt_that_is_no_screenful(faults: Faults, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("looplab.course.checking.excerpts.LONGEST_EXCERPT", 4)
    page = parse(f"```{{source}} {EVALUATE}\nThe code.\n```\n", Path("9.1-x/lesson.md"))
    lines = len(excerpt(page.included[0]).code.splitlines())
    told = f"30: the excerpt has {lines} lines; at most 4 fit on a screen: cut it with from: and to:"
    assert faults(EVALUATE, "A.") == [told]


def test_included_code_belongs_into_lessons(made_up_course: Path) -> None:
    (made_up_course / "notation.md").write_text(f"# Notation\n\n## Words\n\n```{{source}} {TRAIN}\nA.\n```\n")
    reasons = [fault.reason for fault in check_course(run=False, folder=made_up_course)]
    assert reasons == ["a {source} fence belongs in a lesson, not here"]
