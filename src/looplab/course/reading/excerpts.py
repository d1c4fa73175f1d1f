"""looplab code that a lesson shows: taken from the installed package, never copied.

A fence `{source} looplab.loop.train:train` names a module and an object in it. Its body may begin with the lines
`from: TEXT` and `to: TEXT`, which cut an excerpt, and ends with one sentence, the caption. The module's file is read,
not imported.
"""

import ast
import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

from looplab.course.reading.parts import Included
from looplab.errors import ChoiceError, LooplabError

__all__ = ["Excerpt", "excerpt"]

_TARGET = re.compile(r"(looplab(?:\.\w+)*):(\w+(?:\.\w+)*)")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


@dataclass(frozen=True)
class Excerpt:
    """Lines of looplab's source, without docstrings.

    Attributes:
        code: the lines, indented as little as they can be.
        file: the file, starting at the package: "looplab/loop/train.py".
        first: the number of the first line in that file.
        last: the number of the last line.
    """

    code: str
    file: str
    first: int
    last: int

    @property
    def place(self) -> str:
        """Where the lines are, in words."""
        lines = f"line {self.first}" if self.first == self.last else f"lines {self.first} to {self.last}"
        return f"{self.file}, {lines}"


def excerpt(included: Included) -> Excerpt:
    """The code a fence asks for, as in the installed package.

    Raises:
        LooplabError: no such module or object, or a line that no line of the object holds.
    """
    found = _TARGET.fullmatch(included.target)
    if found is None:
        raise LooplabError(
            "the object of {source}",
            expected="a module of looplab and an object in it, such as looplab.loop.train:train",
            got=f"'{included.target}'",
        )
    module, name = found.groups()
    path = _file_of(module)
    lines = path.read_text(encoding="utf-8").splitlines()
    node = _definition(module, ast.parse("\n".join(lines)), name)
    hidden = _docstring_lines(node, lines)
    shown = [number for number in range(_first_line(node), (node.end_lineno or 0) + 1) if number not in hidden]
    shown = _cut(included, shown, lines)
    code = textwrap.dedent("\n".join(lines[number - 1] for number in shown))
    file = path.relative_to(_package().parent).as_posix()
    return Excerpt(code, file, shown[0], shown[-1])


def _package() -> Path:
    return Path(__file__).parents[2]


def _file_of(module: str) -> Path:
    base = _package().joinpath(*module.split(".")[1:])
    for path in (base.with_suffix(".py"), base / "__init__.py"):
        if path.is_file() and path.is_relative_to(_package()):
            return path
    inside = base.parent.iterdir() if base.parent.is_dir() else []
    package = module.rpartition(".")[0]
    siblings = [f"{package}.{path.stem}" for path in inside if path.suffix == ".py" and path.stem != "__init__"]
    raise ChoiceError("module of {source}", module, siblings)


def _definition(module: str, tree: ast.Module, name: str) -> ast.stmt:
    """The statement that defines an object; `a.b` is b inside a."""
    node: ast.Module | ast.stmt = tree
    for part in name.split("."):
        inside = {known: statement for statement in getattr(node, "body", []) for known in _names(statement)}
        if part not in inside:
            raise ChoiceError(f"object of {{source}} in {module}", part, inside)
        node = inside[part]
    assert isinstance(node, ast.stmt)
    return node


def _names(statement: ast.stmt) -> list[str]:
    if isinstance(statement, _Definition):
        return [statement.name]
    targets = statement.targets if isinstance(statement, ast.Assign) else []
    if isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]


def _first_line(node: ast.stmt) -> int:
    decorators = node.decorator_list if isinstance(node, _Definition) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _docstring_lines(node: ast.stmt, lines: list[str]) -> set[int]:
    """The lines of all docstrings in a statement, each with the empty line below it."""
    hidden: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, _Definition) and ast.get_docstring(inner) is not None and len(inner.body) > 1:
            first, last = inner.body[0].lineno, inner.body[0].end_lineno or 0
            hidden |= set(range(first, last + 1 + (last < len(lines) and not lines[last].strip())))
    return hidden


def _cut(included: Included, numbers: list[int], lines: list[str]) -> list[int]:
    """The lines from the first that holds one text to the next that holds another."""
    start, end = 0, len(numbers)
    if included.start:
        start = _position(included, included.start, "from", numbers, lines, 0)
    if included.stop:
        after = start + 1 if included.start else 0
        end = _position(included, included.stop, "to", numbers, lines, after) + 1
    while not lines[numbers[start] - 1].strip():
        start += 1
    while not lines[numbers[end - 1] - 1].strip():
        end -= 1
    return numbers[start:end]


def _position(included: Included, text: str, field: str, numbers: list[int], lines: list[str], after: int) -> int:
    for position in range(after, len(numbers)):
        if text in lines[numbers[position] - 1]:
            return position
    where = "no later line" if after else "no line"
    raise LooplabError(f"'{field}: {text}' stands in {where} of {included.target}, its docstrings left out")
