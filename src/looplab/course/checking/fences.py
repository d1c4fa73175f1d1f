"""Checks of fences (languages, figures, type hints), and of text outside them that pages cannot show."""

import ast
import warnings
from collections.abc import Iterator

from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

from looplab.course.reading.faults import Fault
from looplab.course.reading.lesson import Lesson
from looplab.course.reading.parts import Fence

__all__ = ["fence_faults", "unclosed_faults"]


def unclosed_faults(lesson: Lesson) -> list[Fault]:
    """One fault for each fence that is never closed."""
    reason = "the fence that begins here is never closed"
    return [Fault(lesson.path, fence.line, reason) for fence in lesson.fences if not fence.closed]


def fence_faults(lesson: Lesson) -> Iterator[Fault]:
    """What is wrong with the fences, and every piece of HTML."""
    for html in lesson.html:
        yield Fault(lesson.path, html.line, f"HTML is not allowed: {html.source.split(chr(10))[0].strip()[:40]}")
    for number in _hidden_lines(lesson):
        yield Fault(lesson.path, number, "a line that begins with % is a comment to the pages: break it elsewhere")
    for fence in lesson.fences:
        for line, reason in _faults_of(fence):
            yield Fault(lesson.path, line, reason)
    if lesson.number and not any(fence.figure for fence in lesson.cells):
        yield Fault(lesson.path, 1, "no figure: every lesson shows at least one")


def _hidden_lines(lesson: Lesson) -> list[int]:
    """The lines outside fences that the pages would leave out."""
    fenced = {number for fence in lesson.fences for number in range(fence.line, fence.end + 1)}
    percent = (number for number, line in enumerate(lesson.lines, start=1) if line.lstrip().startswith("%"))
    return [number for number in percent if number not in fenced]


def _faults_of(fence: Fence) -> Iterator[tuple[int, str]]:
    yield from _language_faults(fence)
    if fence.runs:
        if fence.nested:
            yield fence.line, "a python fence must stand at the left margin, not inside a list or a quotation"
        yield from _figure_faults(fence)
        yield from _code_faults(fence)


def _language_faults(fence: Fence) -> Iterator[tuple[int, str]]:
    language = fence.language
    if not language:
        yield fence.line, "the fence names no language: write python for code that runs, text for plain text"
    elif language in ("{claim}", "{source}", "{live}"):
        if fence.nested:
            yield fence.line, f"a {language} fence must stand at the left margin, not inside a list or a quotation"
    elif language.startswith("{"):
        yield fence.line, f"the directive {language} does not read as plain Markdown: leave it out"
    else:
        try:
            get_lexer_by_name(language)
        except ClassNotFound:
            yield fence.line, f"unknown language '{language}': write python for code that runs, text for plain text"


def _figure_faults(fence: Fence) -> Iterator[tuple[int, str]]:
    shown = [
        number
        for number, line in enumerate(fence.source.splitlines(), fence.line + 1)
        if "plt.show(" in line.partition("#")[0]
    ]
    missing = [name for name in ("caption", "alt") if not fence.comments.get(name)]
    if shown and missing:
        names = " and ".join(f"'# {name}: …'" for name in missing)
        yield fence.line, f"the fence draws a figure: it must begin with {names}"
    if fence.comments and not shown:
        yield fence.line, "the fence describes a figure but does not draw one: it lacks plt.show()"
    for line in shown[1:]:
        yield line, "a second plt.show(): a fence shows at most one figure"
    for number, text in enumerate(fence.code.splitlines(), fence.line + fence.comment_lines + 1):
        if text.startswith(("# caption:", "# alt:")):
            yield number, "caption and alt must be the first lines of their fence"


def _code_faults(fence: Fence) -> Iterator[tuple[int, str]]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            tree = ast.parse(fence.source)
    except (SyntaxError, SyntaxWarning) as error:
        line = getattr(error, "lineno", None) or 1
        yield fence.line + line, f"the code is not Python: {getattr(error, 'msg', error)}"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            untyped = _untyped(node)
            if untyped:
                yield fence.line + node.lineno, f"'{node.name}' lacks type hints for {', '.join(untyped)}"


def _untyped(function: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    named += [argument for argument in (arguments.vararg, arguments.kwarg) if argument is not None]
    missing = [argument.arg for argument in named if argument.annotation is None]
    if missing and missing[0] in ("self", "cls"):
        missing = missing[1:]
    return missing + (["its result"] if function.returns is None else [])
