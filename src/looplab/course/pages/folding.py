"""A lesson's code cut into what is shown and what is folded: the code that only draws figures."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from looplab.course.pages.drawing_code import Draws, drawing_code
from looplab.course.pages.excerpts import python_fence
from looplab.course.reading import Fence, Lesson

__all__ = ["Piece", "folded_box", "folded_code"]

_FEWEST_LINES = 5
"""Less than this is not worth folding."""

_NEVER = "Exercises"
"""The section whose code is all there to be read."""


@dataclass(frozen=True)
class Piece:
    """Some lines of a cell that stand together; `folded` if they only draw."""

    code: str
    folded: bool = False


def folded_code(lesson: Lesson) -> list[tuple[Piece, ...]]:
    """The pieces of each cell of a lesson, in order; together they are its code, without blank lines between pieces."""
    trees = [_tree(fence) for fence in lesson.cells]
    draws = drawing_code(trees)
    return [_pieces(fence, tree, draws) for fence, tree in zip(lesson.cells, trees, strict=True)]


def folded_box(piece: Piece, *, first: bool) -> str:
    """Folded code on a page: it opens without a script.

    Args:
        piece: the code.
        first: whether its cell begins with it.
    """
    kind = "piece-first" if first else "piece-more"
    return (
        f'<details class="drawing-code {kind}"><summary>Code that draws the figure</summary>\n\n'
        f"{python_fence(piece.code)}\n\n</details>"
    )


def _tree(fence: Fence) -> ast.Module:
    try:
        return ast.parse(fence.code)
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def _pieces(fence: Fence, tree: ast.Module, draws: Draws) -> tuple[Piece, ...]:
    lines = fence.code.splitlines()
    runs = list(_runs(tree, draws)) if fence.section != _NEVER else []
    if not any(_is_worth_it(run, lines) for run in runs):
        return (Piece(fence.code),)
    cut: list[Piece] = []
    start = 0
    for at, run in enumerate(runs):
        end = run.end if at + 1 < len(runs) else len(lines)
        piece = Piece("\n".join(lines[start:end]).strip("\n"), _is_worth_it(run, lines))
        if cut and not cut[-1].folded and not piece.folded:
            between = "\n" * (1 + _blank_lines(lines, start))
            piece = Piece(f"{cut.pop().code}{between}{piece.code}")
        cut.append(piece)
        start = end
    return tuple(cut)


@dataclass(frozen=True)
class _Run:
    """Statements in a row: the first and the last line, counted from 1, and whether they are there to draw."""

    begin: int
    end: int
    draws: bool


def _runs(tree: ast.Module, draws: Draws) -> Iterator[_Run]:
    for belongs, group in groupby(tree.body, key=draws.belongs):
        statements = list(group)
        last = statements[-1]
        does = belongs and any(map(draws.calls, statements))
        yield _Run(_begin(statements[0]), last.end_lineno or last.lineno, does)


def _begin(statement: ast.stmt) -> int:
    decorators: list[ast.expr] = getattr(statement, "decorator_list", [])
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _is_worth_it(run: _Run, lines: list[str]) -> bool:
    return run.draws and sum(1 for line in lines[run.begin - 1 : run.end] if line.strip()) >= _FEWEST_LINES


def _blank_lines(lines: list[str], start: int) -> int:
    """How many blank lines stand in a row from a line on."""
    return next((at for at, line in enumerate(lines[start:]) if line.strip()), 0)
