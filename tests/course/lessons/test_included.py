"""Code of looplab in lessons: what is shown of it, and every fault with its line and its words."""

from collections.abc import Callable
from pathlib import Path

import pytest

import looplab
from looplab.course.lessons import check_course
from looplab.course.lessons.included import Excerpt, excerpt
from looplab.course.lessons.reading import parse

Faults = Callable[[str, str], list[str]]
TRAIN = "looplab.loop.train:train"
EVALUATE = "looplab.loop.train:evaluate"
STEP = "from: optimizer.zero_grad()\nto: optimizer.step()\n"


def excerpt_of(target: str, cut: str = "") -> Excerpt:
    """The code that a fence with that target and these lines shows."""
    page = parse(f"```{{source}} {target}\n{cut}The code.\n```\n", Path("9.1-x.md"))
    return excerpt(page.included[0])


def file_lines(found: Excerpt) -> list[str]:
    """The lines of looplab's own file that an excerpt names."""
    path = Path(looplab.__file__).parents[1] / found.file
    return path.read_text(encoding="utf-8").splitlines()[found.first - 1 : found.last]


def test_a_function_is_shown_without_its_docstring() -> None:
    found = excerpt_of(TRAIN)
    assert found.code.startswith("def train(\n    make_model:")
    assert '"""' not in found.code
    assert ") -> Run:\n    dataset, weights =" in found.code
    assert found.code.splitlines()[0] == file_lines(found)[0]
    assert found.code.splitlines()[-1] == file_lines(found)[-1]


def test_an_excerpt_is_cut_and_moved_to_the_margin() -> None:
    found = excerpt_of(TRAIN, STEP)
    lines = found.code.splitlines()
    assert lines[0].startswith("optimizer.zero_grad()")
    assert lines[-1].startswith("optimizer.step()")
    assert found.place == f"looplab/loop/train.py, lines {found.first} to {found.last}"
    assert [line.strip() for line in file_lines(found)] == [line.strip() for line in lines]


def test_one_line_is_called_a_line() -> None:
    found = excerpt_of("looplab.loop.train:__all__")
    assert found.code == '__all__ = ["evaluate", "train"]'
    assert found.place == f"looplab/loop/train.py, line {found.first}"


def test_a_compiled_kernel_and_a_method_are_shown() -> None:
    kernel = excerpt_of("looplab.replicas.fused.kernels.shallow:shallow_forward")
    assert kernel.code.startswith("@inlined\ndef shallow_forward(")
    assert excerpt_of("looplab.errors:LooplabError.__init__").code.startswith("def __init__(self, what")


def test_the_caption_stands_below_the_lines_that_cut() -> None:
    page = parse(f"```{{source}} {TRAIN}\n{STEP}The four beats\nof a step.\n```\n", Path("9.1-x.md"))
    (included,) = page.included
    assert (included.start, included.stop) == ("optimizer.zero_grad()", "optimizer.step()")
    assert included.caption == "The four beats of a step."
    assert not page.cells


@pytest.fixture
def faults(lesson_text: str, with_lesson: Callable[[str], Path]) -> Faults:
    """A function that checks the lesson with such a fence in line 30, and gives its faults as `line: reason`."""

    def check(target: str, body: str) -> list[str]:
        fence = f"## In depth\n\n```{{source}} {target}\n{body}\n```\n"
        folder = with_lesson(lesson_text.replace("## In depth\n", fence))
        return [f"{fault.line}: {fault.reason}" for fault in check_course(["9.1"], run=False, folder=folder)]

    return check


def test_a_good_fence_is_no_fault(faults: Faults) -> None:
    assert faults(TRAIN, f"{STEP}A step on $x$, as in [halving](9.2-halving.md).") == []


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
    monkeypatch.setattr("looplab.course.lessons.included.LONGEST_EXCERPT", 5)
    lines = len(excerpt_of(EVALUATE).code.splitlines())
    told = f"30: the excerpt has {lines} lines; at most 5 fit on a screen: cut it with from: and to:"
    assert faults(EVALUATE, "A.") == [told]


def test_included_code_belongs_into_lessons(made_up_course: Path) -> None:
    (made_up_course / "notation.md").write_text(f"# Notation\n\n## Words\n\n```{{source}} {TRAIN}\nA.\n```\n")
    reasons = [fault.reason for fault in check_course(run=False, folder=made_up_course)]
    assert reasons == ["a {source} fence belongs into a lesson, not here"]
