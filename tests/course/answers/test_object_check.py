from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from looplab.course import check
from looplab.course.answers import read_progress
from looplab.errors import ChoiceError


def test_verdict_and_progress(toy_course: Path) -> None:
    assert not check("9.9.1", lambda x: x, course=toy_course)
    assert check("9.9.1", lambda x: 2 * x, course=toy_course)
    entry = read_progress()["9.9.1"]
    assert entry.attempts == 2
    assert entry.passed is not None


def test_unknown_exercise(toy_course: Path) -> None:
    with pytest.raises(ChoiceError, match=r"Did you mean '9\.9\.1'"):
        check("9.9.3", lambda x: x, course=toy_course)


def test_trouble_with_the_progress_file_is_told_with_the_verdict(toy_course: Path, home: Path) -> None:
    home.mkdir()
    (home / "progress.json").write_text("{")
    verdict = check("9.9.1", lambda x: 2 * x, course=toy_course)
    assert verdict.passed
    assert verdict.message.startswith(
        "9.9.1 Double it: passed. (Your progress file could not be understood. It is kept"
    )


def test_in_a_kernel_each_verdict_is_shown_once_and_hanging_code_is_stopped(toy_course: Path) -> None:
    cells = [
        f"from pathlib import Path\nfrom looplab.course import check\nhome = Path({str(toy_course)!r})",
        "def double(x):\n    while True:\n        print('still here')\n",
        "check('9.9.1', double, course=home)",
        "def double(x):\n    return 2 * x\n",
        "check('9.9.1', double, course=home)",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in cells])
    NotebookClient(notebook, timeout=240, kernel_name="python3").execute()
    stopped, passed = notebook.cells[2].outputs, notebook.cells[4].outputs
    assert [len(stopped), len(passed)] == [1, 1]
    shown = stopped[0]["data"]["text/plain"]
    lines = ("line 2 (`while True:`)", "line 3 (`print('still here')`)")
    assert shown.startswith(tuple(f"✗ your double was still running after 1 s, at {line}." for line in lines))
    assert "Your code printed:\nstill here" in shown
    assert passed[0]["data"]["text/markdown"] == "**✓** 9.9.1 Double it: passed."
