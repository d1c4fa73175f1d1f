"""What is folded on a page: code that only draws, found from the code alone; nothing else, and never a line lost."""

from pathlib import Path

import nbformat
import pytest

from looplab.course.pages import lesson_notebook
from looplab.course.pages.folding import Piece, folded_code
from looplab.course.reading import Lesson, find_lesson, list_lessons
from looplab.course.reading.markdown import parse

HEAD = "import matplotlib.pyplot as plt\nimport torch\nfrom matplotlib.axes import Axes"
DRAWING = """\
figure, axes = plt.subplots()
axes.plot([0, 1])
axes.set(title="a")
axes.axis("off")
plt.show()"""


def lesson(*cells: str, section: str = "Demonstrations") -> Lesson:
    fences = "\n\n".join(f"```python\n{cell}\n```" for cell in (HEAD, *cells))
    return parse(f"# 9.1 A lesson\n\n## {section}\n\n{fences}\n", Path("9.1-a/lesson.md"))


def folded(*cells: str) -> list[str]:
    """What is folded of the last cell."""
    return [piece.code for piece in folded_code(lesson(*cells))[-1] if piece.folded]


def test_a_cell_that_only_draws_is_folded_whole() -> None:
    assert folded_code(lesson(DRAWING))[-1] == (Piece(DRAWING, folded=True),)


def test_what_computes_and_what_prints_stays_in_sight() -> None:
    cell = f"total = 1 + 1\nprint(total)\n\n{DRAWING}\nprint('after')"
    assert folded_code(lesson(cell))[-1] == (
        Piece("total = 1 + 1\nprint(total)"),
        Piece(DRAWING, folded=True),
        Piece("print('after')"),
    )


def test_too_little_is_not_folded() -> None:
    assert folded("figure, axes = plt.subplots()\naxes.plot([0])\nplt.show()\nprint(1)") == []


@pytest.mark.parametrize(
    "extra",
    [
        "for step in range(3):\n    axes.text(0, step, 'a')",
        "for panel in figure.axes:\n    panel.set(title='b')",
        "for panel, name in zip([axes], 'a'):\n    axes.set(title=name)",
        "if True:\n    axes.plot([1])\nelse:\n    axes.plot([2])",
        "with torch.no_grad():\n    axes.plot([1])",
        "plt.rcParams['font.size'] = 12",
        "grid = torch.linspace(0, 1, 5)\naxes.plot(grid)",
        "for k in range(3):\n    shift = k / 2\n    axes.text(0, shift, 'a')",
        "total = torch.zeros(3)\nfor k in range(3):\n    total += k\n    axes.plot(total)",
    ],
)
def test_loops_and_helpers_that_serve_the_drawing_go_with_it(extra: str) -> None:
    cell = f"{DRAWING}\n{extra}"
    assert folded(cell) == [cell]


@pytest.mark.parametrize(
    "extra",
    [
        "for step in range(3):\n    axes.text(0, step, 'a')\n    print(step)",
        "for step in range(3):\n    axes.text(0, step, 'a')\n    loss.backward()",
        "grid = torch.linspace(0, 1, 5)\nprint(grid)",
        "runs = []\nruns.append(1)",
        "losses = train(3)\naxes.plot(losses)",
        "losses = [run(3) for run in [train]]\naxes.plot(losses)",
        "axes.data[0].loss = 1\nloss[0] = 2",
        "import time",
        "for k in range(3):\n    best = k\n    axes.plot([best])\nprint(best)",
    ],
)
def test_whatever_else_reads_or_does_is_not_folded(extra: str) -> None:
    train = "def train(steps: int) -> list[int]:\n    return [steps]"
    (code,) = folded(train, f"{DRAWING}\n{extra}")
    assert code in (DRAWING, f"{DRAWING}\naxes.data[0].loss = 1")


def test_a_name_that_a_later_cell_reads_is_no_helper() -> None:
    cell = f"grid = torch.linspace(0, 1, 5)\n{DRAWING}"
    assert [piece.folded for piece in folded_code(lesson(cell))[1]] == [True]
    pieces = folded_code(lesson(cell, "print(grid)"))[1]
    assert [piece.folded for piece in pieces] == [False, True]


def test_a_functions_own_name_is_another_one() -> None:
    cell = f"grid = torch.linspace(0, 1, 5)\n{DRAWING}"
    function = "def count(grid: int) -> int:\n    return grid"
    assert [piece.folded for piece in folded_code(lesson(cell, function))[1]] == [True]


def test_a_function_that_is_given_axes_and_returns_nothing_draws() -> None:
    function = "def draw(panel: plt.Axes, name: str) -> None:\n" + "\n".join(
        f"    panel.text(0, {k}, name)" for k in range(5)
    )
    other = function.replace("-> None", "-> int")
    assert folded(f"{function}\n\n\ndraw(axes, 'a')") == [f"{function}\n\n\ndraw(axes, 'a')"]
    assert folded(other) == []
    assert folded(function.replace("plt.Axes", "Axes")) != []
    assert folded(function.replace("plt.Axes", "int")) == []


def test_exercises_are_never_folded() -> None:
    assert all(not piece.folded for cell in folded_code(lesson(DRAWING, section="Exercises")) for piece in cell)


def test_code_that_is_not_python_is_left_as_it_is() -> None:
    assert folded_code(lesson("def f(:"))[-1] == (Piece("def f(:"),)


@pytest.mark.parametrize("known", list_lessons(), ids=lambda lesson: lesson.number)
def test_no_line_of_a_lesson_is_lost(known: Lesson) -> None:
    cells = folded_code(known)
    for fence, pieces in zip(known.cells, cells, strict=True):
        lines = [line for piece in pieces for line in piece.code.splitlines() if line.strip()]
        assert lines == [line for line in fence.code.splitlines() if line.strip()]
        compile("\n".join(piece.code for piece in pieces), "a cell", "exec")


def test_most_figures_of_the_course_have_folded_code() -> None:
    figures = [
        any(piece.folded for piece in pieces)
        for known in list_lessons()
        for fence, pieces in zip(known.cells, folded_code(known), strict=True)
        if fence.figure
    ]
    assert sum(figures) >= 0.7 * len(figures)


def test_a_cell_that_only_draws_is_folded_in_notebooks_and_others_are_not(made_up_course: Path) -> None:
    lesson = find_lesson("9.1", made_up_course)
    only_draws = lesson.text.replace("import matplotlib.pyplot as plt\n\nfigure", "figure").replace(
        "def double", "import matplotlib.pyplot as plt\n\n\ndef double"
    )
    for text, expected in ((lesson.text, False), (only_draws, True)):
        notebook = lesson_notebook(parse(text, lesson.path))
        nbformat.validate(notebook)
        hidden = {cell.source: bool(cell.metadata.get("jupyter", {}).get("source_hidden")) for cell in notebook.cells}
        assert [fold for code, fold in hidden.items() if "plt.show()" in code] == [expected]
        assert sum(hidden.values()) == expected
