"""Code of looplab that lessons show, as the installed package has it."""

from pathlib import Path

import looplab
from looplab.course.reading.excerpts import Excerpt, excerpt
from looplab.course.reading.markdown import parse

TRAIN = "looplab.loop.train:train"
EVALUATE = "looplab.loop.evaluation:predicted"
STEP = "from: optimizer.zero_grad()\nto: optimizer.step()\n"


def excerpt_of(target: str, cut: str = "") -> Excerpt:
    """The code that a fence with that target and these lines shows."""
    page = parse(f"```{{source}} {target}\n{cut}The code.\n```\n", Path("9.1-x/lesson.md"))
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
    assert found.code == '__all__ = ["train"]'
    assert found.place == f"looplab/loop/train.py, line {found.first}"


def test_a_compiled_kernel_and_a_method_are_shown() -> None:
    kernel = excerpt_of("looplab.replicas.fused.kernels.shallow:shallow_forward")
    assert kernel.code.startswith("@inlined\ndef shallow_forward(")
    assert excerpt_of("looplab.errors:LooplabError.__init__").code.startswith("def __init__(self, what")


def test_the_caption_stands_below_the_lines_that_cut() -> None:
    page = parse(f"```{{source}} {TRAIN}\n{STEP}The four beats\nof a step.\n```\n", Path("9.1-x/lesson.md"))
    (included,) = page.included
    assert (included.start, included.stop) == ("optimizer.zero_grad()", "optimizer.step()")
    assert included.caption == "The four beats of a step."
    assert not page.cells
