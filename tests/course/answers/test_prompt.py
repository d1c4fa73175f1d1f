"""A check in a real kernel that is given no answer: it finds the one of that name, or says why there is none."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from looplab.course import check
from looplab.course.answers import read_progress
from looplab.course.answers.prompt import why_not_judged

EXERCISES = Path(__file__).parents[1] / "toy_course/9-toys/9.9-doubling/exercises.py"
STUB = """\
from torch import Tensor


def double(x: Tensor) -> Tensor:
    \"\"\"Twice x.\"\"\"
    raise NotImplementedError
"""
ANSWER = "def double(x: Tensor) -> Tensor:\n    return 2 * x\n"
WRONG = "def double(x):\n    return 3 * x\n"
BROKEN = "def double(x)\n    return 2 * x\n"
CHECK = "check('9.9.1', course=home)"


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy course with a lesson that shows the stub."""
    folder = tmp_path_factory.mktemp("prompt") / "course"
    lesson = folder / "9-toys" / "9.9-doubling"
    lesson.mkdir(parents=True)
    (lesson / "exercises.py").write_text(EXERCISES.read_text())
    (lesson / "lesson.md").write_text(
        f"---\nlesson: '9.9'\n---\n\n# 9.9 Doubling\n\n## Exercises\n\n### 9.9.1 Double it\n\n```python\n{STUB}```\n"
    )
    return folder


def shown(course: Path, *cells: str) -> list[str]:
    """What each cell of a notebook shows as text; a cell that raises shows the name of the exception."""
    start = f"from pathlib import Path\nfrom looplab.course import check\nhome = Path({str(course)!r})"
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in (start, *cells)])
    NotebookClient(notebook, timeout=240, kernel_name="python3", allow_errors=True).execute()
    outputs = [cell.outputs[0] if cell.outputs else {} for cell in notebook.cells[1:]]
    return [output.get("ename") or output.get("data", {}).get("text/plain", "") for output in outputs]


def test_what_is_no_answer_is_told_and_not_counted_and_an_answer_is_judged(course: Path) -> None:
    cells = [CHECK, STUB, CHECK, BROKEN, CHECK, f"# mine\n{STUB}", CHECK, WRONG, CHECK, BROKEN, CHECK, ANSWER, CHECK]
    said = shown(course, *cells)
    assert said[0] == "✗ 9.9.1: there is no double yet. Run the cell that defines it, then check again."
    stub = (
        "✗ 9.9.1: double is still the stub as it was. Write your answer in its place, run the cell, then check again."
    )
    broken = (
        "✗ 9.9.1: the cell of double could not run, it is not Python (line 1: expected ':'). "
        "Mend it, run it, then check again."
    )
    assert (said[2], said[4], said[6]) == (stub, broken, stub)
    assert said[3] == "SyntaxError"
    assert said[8].startswith("✗ double(x) is -3 for input -1")
    assert said[10] == broken
    assert said[12] == "✓ 9.9.1 Double it: passed."
    assert read_progress()["9.9.1"].attempts == 2


def test_an_answer_that_is_given_is_told_the_same(course: Path) -> None:
    said = shown(course, STUB, "check('9.9.1', double, course=home)", "check('9.9.1', globals().get('x'), course=home)")
    assert said[1].startswith("✗ 9.9.1: double is still the stub as it was.")
    assert said[2] == said[1]
    assert read_progress() == {}


def test_a_cell_that_is_not_python_and_about_something_else_does_not_matter(course: Path) -> None:
    said = shown(course, ANSWER.replace("Tensor", "object"), "double(3\nfor", "def other(:", CHECK)
    assert said[1:3] == ["SyntaxError", "SyntaxError"]
    assert said[3].startswith("✗ 9.9.1: the cell of double could not run")  # the newest cell that names it
    said = shown(course, ANSWER.replace("Tensor", "object"), "def other(:", "y = double", CHECK)
    assert said[3] == "✓ 9.9.1 Double it: passed."


def test_a_name_that_was_mistyped_is_named(course: Path) -> None:
    said = shown(course, "def doubel(x):\n    return 2 * x", CHECK)
    assert said[1].endswith("there is no double yet. Run the cell that defines it, then check again. "
                            "Should doubel be called double?")  # fmt: skip


def test_at_a_prompt_without_ipython_the_answer_is_looked_up_too(
    toy_course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import __main__

    assert not check("9.9.1", course=toy_course)
    assert read_progress() == {}
    monkeypatch.setattr(__main__, "double", lambda x: 2 * x, raising=False)
    assert check("9.9.1", course=toy_course)
    assert read_progress()["9.9.1"].attempts == 1


class Unwritten:
    """A stub that is a class."""

    def answer(self) -> int:
        raise NotImplementedError


class Written:
    """Another."""

    def answer(self) -> int:
        return 1


def test_a_class_is_recognized_as_the_stub_too() -> None:
    stub = Path(__file__).read_text()
    assert why_not_judged("Unwritten", Unwritten, stub).startswith("Unwritten is still the stub as it was.")
    assert why_not_judged("Written", Written, stub.replace("return 1", "raise NotImplementedError")) == ""
    assert why_not_judged("Unwritten", Unwritten, "") == ""
    assert why_not_judged("Unwritten", 3, stub) == ""
    assert why_not_judged("len", len, stub) == ""
