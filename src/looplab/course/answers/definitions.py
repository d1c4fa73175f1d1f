"""From a learner's source to the object that an exercise asks for."""

import linecache
import sys
import types
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from looplab.course.answers.files import Cell
from looplab.course.exercises.exercise import WrongAnswer
from looplab.similar import nearest_first

__all__ = ["MODULE", "find_answer", "run_cells"]

MODULE = "answer"


def run_cells(cells: Sequence[Cell]) -> dict[str, Any]:
    """Run the source in a fresh module and return what it defines. Raises whatever the source raises.

    Raises:
        WrongAnswer: the source is not Python.
    """
    module = types.ModuleType(MODULE)
    sys.modules[MODULE] = module  # dataclasses and others look their module up
    for cell in cells:
        lines = cell.source.splitlines(keepends=True)
        linecache.cache[cell.name] = (len(cell.source), None, lines, cell.name)
        exec(_compiled(cell), module.__dict__)  # noqa: S102 - running the learner's code is the task
    return module.__dict__


def find_answer(namespace: Mapping[str, Any], name: str) -> Any:
    """The object of that name.

    Raises:
        WrongAnswer: nothing of that name is defined; names what comes nearest.
    """
    if name in namespace:
        return namespace[name]
    own = [
        key
        for key, value in namespace.items()
        if not key.startswith("_") and getattr(value, "__module__", MODULE) == MODULE and not _is_module(value)
    ]
    defined = f" It defines {', '.join(nearest_first(name, own)[:5])}." if own else ""
    similar = get_close_matches(name, own, n=1)
    rename = f" Should {similar[0]} be called {name}?" if similar else ""
    raise WrongAnswer(f"your file defines no {name}.{defined}{rename}")


def _is_module(value: object) -> bool:
    return isinstance(value, types.ModuleType)


def _compiled(cell: Cell) -> types.CodeType:
    try:
        return compile(cell.source, cell.name, "exec", dont_inherit=True)
    except SyntaxError as error:
        line = (error.text or "").strip()
        shown = f" (`{line}`)" if line else ""
        place = cell.name.removeprefix("<answer").removesuffix(">")
        where = f"line {error.lineno}{f' of{place}' if place else ''}{shown}"
        raise WrongAnswer(f"your file is not Python yet: {error.msg} at {where}.") from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise WrongAnswer(f"your file is not Python: {error}.") from None
