"""Reading a file with a learner's answer: a Python file, or a notebook's code cells without the lesson's solutions."""

import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from looplab.errors import ExerciseError

__all__ = ["Cell", "read_answer"]

_LARGEST_BYTES = 20 * 2**20
_EXPECTED = "a Python file or a notebook with your answer"
_HEADING = re.compile(r"#+\s+(.*)")
_SOLUTION = re.compile(r"solutions?|solution \d+\.\d+\.\d+", re.IGNORECASE)  # "Solution" in notebooks made earlier
_NOT_PYTHON = re.compile(r"^(\s*)([%!].*|.*\?\s*)$")


@dataclass(frozen=True)
class Cell:
    """A piece of the learner's source, and what it is called where its lines are named."""

    name: str
    source: str


def read_answer(path: Path, content: bytes | None = None) -> list[Cell]:
    """The learner's source: one cell for a Python file, one for each code cell of a notebook.

    Args:
        path: the file.
        content: what it held a moment ago, for whoever has read it; read from the file when left out.

    Raises:
        ExerciseError: the file is missing, too large, not text, or not a notebook although its name says so.
    """
    text = _text(path, _read(path) if content is None else content)
    return list(_notebook_cells(path, text)) if path.suffix == ".ipynb" else [Cell("<answer>", text)]


def _read(path: Path) -> bytes:
    if not path.is_file():
        got = "a folder" if path.is_dir() else "no file there"
        raise ExerciseError(str(path), expected=_EXPECTED, got=got, fix="Check the name and the folder.")
    try:
        _require_size(path, path.stat().st_size)
        return path.read_bytes()
    except OSError as error:
        raise ExerciseError(str(path), expected=_EXPECTED, got=error.strerror or str(error)) from None


def _require_size(path: Path, size: int) -> None:
    if size > _LARGEST_BYTES:
        raise ExerciseError(str(path), expected=_EXPECTED, got=f"{size / 2**20:.0f} MB", fix="Is it the right file?")


def _text(path: Path, content: bytes) -> str:
    _require_size(path, len(content))
    try:
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        fix = "Save it as UTF-8 in your editor."
        raise ExerciseError(str(path), expected="text in UTF-8", got=f"byte {error.start} is not", fix=fix) from None


def _notebook_cells(path: Path, text: str) -> Iterator[Cell]:
    """The code cells that are not below a heading of solutions, with IPython's own commands taken out."""
    in_solution = False
    for number, (kind, source) in enumerate(_json_cells(path, text), start=1):
        for line in source.splitlines() if kind == "markdown" else ():
            if heading := _HEADING.match(line):
                in_solution = _SOLUTION.fullmatch(heading[1].strip()) is not None
        if kind == "code" and not in_solution and not source.lstrip().startswith("%%"):
            yield Cell(f"<answer cell {number}>", "\n".join(map(_python_line, source.splitlines())))


def _python_line(line: str) -> str:
    return _NOT_PYTHON.sub(r"\1pass", line) if not line.lstrip().startswith("#") else line


def _json_cells(path: Path, text: str) -> list[tuple[str, str]]:
    def joined(source: Any) -> str:
        return source if isinstance(source, str) else "".join(map(str, source))

    try:
        return [(cell["cell_type"], joined(cell["source"])) for cell in json.loads(text)["cells"]]
    except (ValueError, KeyError, TypeError, RecursionError):
        fix = "Save it from Jupyter again, or copy your code into a .py file."
        raise ExerciseError(str(path), expected="a Jupyter notebook", got="something else", fix=fix) from None
