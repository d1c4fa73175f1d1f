"""Reading exercises: each with its stub and its hints, and all solutions together at the end of the section."""

import re
import textwrap
from collections.abc import Iterator, Sequence

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from looplab.course.reading.parts import ExerciseText, Fence, Heading, Hints

__all__ = ["EXERCISES", "EXERCISE_ID", "HINTS", "SOLUTIONS", "exercise_headings", "read_exercises", "solved"]

EXERCISES, HINTS, SOLUTIONS = "Exercises", "Hints", "Solutions"
"""The section, and the headings in it: `#### Hints` of each exercise, and `### Solutions` once at the end."""

EXERCISE_ID = r"\d+\.\d+\.\d+"

_MARK = re.compile(r"(\s*)(\d+[.)])")
_SOLUTION = re.compile(rf"Solution ({EXERCISE_ID})")


def read_exercises(
    tokens: Sequence[Token], headings: Sequence[Heading], fences: Sequence[Fence], lines: list[str]
) -> tuple[ExerciseText, ...]:
    """Each third-level heading in the section Exercises except Solutions, however faulty."""
    inside = exercise_headings(headings)
    nodes = SyntaxTreeNode(tokens).children
    found = []
    for heading, below, end in _blocks(inside, _section_end(headings, lines)):
        if heading.text == SOLUTIONS:
            continue
        id_, _, title = heading.text.partition(" ")
        hints = next((each for each in below if each.text == HINTS), None)
        solution = next((each for each in inside if solved(each) == id_), None)
        found.append(
            ExerciseText(
                id=id_,
                title=title.strip(),
                line=heading.line,
                stub=_first_code(fences, heading.line, hints.line if hints else end),
                hints=_hints(hints, nodes, lines) if hints else None,
                solution=_first_code(fences, solution.line, _end_of(solution, headings, lines)) if solution else None,
                solution_line=solution.line if solution else 0,
            )
        )
    return tuple(found)


def exercise_headings(headings: Sequence[Heading]) -> list[Heading]:
    """The headings below the section Exercises, in order."""
    section, inside = "", []
    for heading in headings:
        if heading.level <= 2:
            section = heading.text
        elif section == EXERCISES:
            inside.append(heading)
    return inside


def solved(heading: Heading) -> str:
    """The id of the exercise that a heading announces the solution of; empty if it is no such heading."""
    found = _SOLUTION.fullmatch(heading.text) if heading.level == 4 else None
    return found[1] if found else ""


def _blocks(inside: list[Heading], end: int) -> Iterator[tuple[Heading, list[Heading], int]]:
    """Each third-level heading with those below it, and the line where it ends."""
    tops = [heading for heading in inside if heading.level == 3]
    ends = [*(heading.line for heading in tops[1:]), end]
    for heading, last in zip(tops, ends, strict=True) if tops else ():
        yield heading, [each for each in inside if each.level == 4 and heading.line < each.line < last], last


def _section_end(headings: Sequence[Heading], lines: list[str]) -> int:
    section = next((each for each in headings if each.level == 2 and each.text == EXERCISES), None)
    return _end_of(section, headings, lines) if section else len(lines) + 1


def _end_of(heading: Heading, headings: Sequence[Heading], lines: list[str]) -> int:
    """The line of the next heading of the same level or a higher one."""
    later = (each.line for each in headings if each.line > heading.line and each.level <= heading.level)
    return next(later, len(lines) + 1)


def _first_code(fences: Sequence[Fence], begin: int, end: int) -> Fence | None:
    return next((fence for fence in fences if fence.runs and begin < fence.line < end), None)


def _hints(heading: Heading, nodes: Sequence[SyntaxTreeNode], lines: list[str]) -> Hints:
    """The ordered list below a heading, and what follows it before the next heading."""
    places = (place for place, node in enumerate(nodes) if node.type == "heading" and _first(node) == heading.line)
    below = []
    for node in nodes[next(places) + 1 :]:
        if node.type == "heading":
            break
        below.append(node)
    if not below or below[0].type != "ordered_list":
        return Hints(heading.line, heading.line, trailing=_first(below[0]) if below else 0)
    items = below[0].children
    return Hints(
        line=heading.line,
        end=_last(items[-1], lines),
        items=tuple(_markdown(item, lines) for item in items),
        item_lines=tuple(_first(item) for item in items),
        trailing=_first(below[1]) if len(below) > 1 else 0,
    )


def _markdown(item: SyntaxTreeNode, lines: list[str]) -> str:
    """The Markdown of an item of a list, without its number and its indentation."""
    first, *rest = lines[_first(item) - 1 : _last(item, lines)]
    text = _MARK.sub(lambda mark: " " * len(mark[0]), first, count=1)
    return textwrap.dedent("\n".join([text, *rest])).strip()


def _first(node: SyntaxTreeNode) -> int:
    return (node.map or (0, 0))[0] + 1


def _last(node: SyntaxTreeNode, lines: list[str]) -> int:
    """The last line of a node; the parser counts the empty lines after a list as part of its last item."""
    first, last = node.map or (0, 0)
    while last > first + 1 and not lines[last - 1].strip():
        last -= 1
    return last
