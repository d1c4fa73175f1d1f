import json
from pathlib import Path

import pytest

from looplab.course.answers.files import Cell, read_answer
from looplab.errors import ExerciseError


def notebook(*cells: tuple[str, str | list[str]]) -> str:
    return json.dumps({"cells": [{"cell_type": kind, "source": source} for kind, source in cells], "nbformat": 4})


def test_python_file_is_one_cell(tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_bytes(b"\xef\xbb\xbfx = '\xc3\xbc'\r\n")
    assert read_answer(path) == read_answer(path, path.read_bytes()) == [Cell("<answer>", "x = 'ü'\n")]
    assert read_answer(path, b"x = 1\r\n") == [Cell("<answer>", "x = 1\n")]


def test_notebook_gives_its_code_cells_but_no_solution_and_no_magic(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(
        notebook(
            ("markdown", "# Lesson"),
            ("code", ["%matplotlib inline\n", "x = 1\n", "if x:\n", "    !ls\n", "# why %?"]),
            ("code", "%%time\nboom("),
            ("markdown", "### 9.9.1 Double it"),
            ("code", "def double(x): return 2 * x"),
            ("markdown", "#### Hints"),
            ("code", "hinted = 1"),
            ("markdown", "### Solutions"),
            ("code", "all_solutions = 1"),
            ("markdown", "#### Solution 9.9.1\nlook"),
            ("code", "def double(x): return x + x"),
            ("markdown", "Notice."),
            ("code", "still_solution = 1"),
            ("markdown", "## Summary\nSolutions"),
            ("code", "y = 2"),
        )
    )
    assert read_answer(path) == [
        Cell("<answer cell 2>", "pass\nx = 1\nif x:\n    pass\n# why %?"),
        Cell("<answer cell 5>", "def double(x): return 2 * x"),
        Cell("<answer cell 7>", "hinted = 1"),
        Cell("<answer cell 15>", "y = 2"),
    ]


def test_a_notebook_made_before_solutions_stood_together_gives_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(
        notebook(
            ("code", "x = 1"),
            ("markdown", "#### Solution"),
            ("code", "x = 2"),
            ("markdown", "### 9.9.2 Solutions of a kind"),
            ("code", "x = 3"),
        )
    )
    assert [cell.source for cell in read_answer(path)] == ["x = 1", "x = 3"]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.py", b"x = '\xff'", "a.py: expected text in UTF-8, got byte 5 is not. Save it as UTF-8 in your editor."),
        ("a.ipynb", b"x = 1", "a.ipynb: expected a Jupyter notebook, got something else. Save it from Jupyter again"),
        ("a.ipynb", b"[]", "a.ipynb: expected a Jupyter notebook, got something else."),
        ("a.ipynb", b'{"cells": [1]}', "a.ipynb: expected a Jupyter notebook, got something else."),
        ("a.py", b" " * (21 * 2**20), "a.py: expected a Python file or a notebook with your answer, got 21 MB."),
    ],
)
def test_file_that_cannot_be_read(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ExerciseError) as raised:
        read_answer(tmp_path / name)
    assert str(raised.value).startswith(f"{tmp_path}/{message}")
    with pytest.raises(ExerciseError) as told:
        read_answer(tmp_path / name, content)
    assert str(told.value) == str(raised.value)


@pytest.mark.parametrize(("name", "got"), [("nothing.py", "no file there"), ("", "a folder")])
def test_no_file(tmp_path: Path, name: str, got: str) -> None:
    with pytest.raises(ExerciseError) as raised:
        read_answer(tmp_path / name)
    expected = "a Python file or a notebook with your answer"
    assert str(raised.value) == f"{tmp_path / name}: expected {expected}, got {got}. Check the name and the folder."
