"""An answer in a notebook or at a prompt: found by its name; a sentence where there is nothing to judge yet."""

import ast
import inspect
import linecache
import re
import sys
import types
import warnings
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any

__all__ = ["answer_at_prompt", "why_not_judged"]

_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def answer_at_prompt(name: str) -> object:
    """What the learner's notebook, or the prompt, has under that name; None if nothing."""
    return _namespace().get(name)


def why_not_judged(name: str, answer: object, stub: str) -> str:
    """Why there is nothing to judge yet, as a sentence; empty if there is an answer.

    Args:
        name: what the answer must be called.
        answer: the object; None if there is none.
        stub: the source that the lesson shows, empty if it is not known.
    """
    fault = _unparsed(name) if answer is None or _namespace().get(name) is answer else None
    if fault is not None:
        where = f"line {fault.lineno}: {fault.msg}" if fault.lineno else str(fault.msg)
        return f"the cell of {name} could not run, it is not Python ({where}). Mend it, run it, then check again."
    if answer is None:
        own = [key for key, value in _namespace().items() if isinstance(value, types.FunctionType | type)]
        similar = get_close_matches(name, own, n=1)
        rename = f" Should {similar[0]} be called {name}?" if similar else ""
        return f"there is no {name} yet. Run the cell that defines it, then check again.{rename}"
    if stub and _shape(_source_of(answer), name) == _shape(stub, name) != "":
        return f"{name} is still the stub as it was. Write your answer in its place, run the cell, then check again."
    return ""


def _shell() -> Any:
    """IPython's shell if the code runs in one: in a notebook, too."""
    ipython = sys.modules.get("IPython")
    return ipython.get_ipython() if ipython else None


def _namespace() -> Mapping[str, Any]:
    shell = _shell()
    return shell.user_ns if shell else vars(sys.modules["__main__"])


def _unparsed(name: str) -> SyntaxError | None:
    """What is wrong with the newest cell about that name; None if it is Python and defines it."""
    shell = _shell()
    cells = list(shell.history_manager.input_hist_parsed) if shell else []
    for cell in reversed(cells):
        if re.search(rf"\b{re.escape(name)}\b", cell):
            try:
                tree = _parsed(cell)
            except SyntaxError as error:
                return error
            if _definition(tree, name) is not None or _assigns(tree, name):
                return None
    return None


def _parsed(source: str) -> ast.Module:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the cell itself has warned
        return ast.parse(source)


def _definition(tree: ast.Module, name: str) -> ast.stmt | None:
    found = [part for part in tree.body if isinstance(part, _Definition) and part.name == name]
    return found[-1] if found else None


def _assigns(tree: ast.Module, name: str) -> bool:
    targets = (target for part in tree.body if isinstance(part, ast.Assign) for target in part.targets)
    return any(isinstance(target, ast.Name) and target.id == name for target in targets)


def _shape(source: str, name: str) -> str:
    """The definition of a name without comments and layout; empty if the source has none."""
    try:
        definition = _definition(_parsed(source), name)
    except (SyntaxError, ValueError):
        return ""
    return ast.dump(definition) if definition is not None else ""


def _source_of(answer: object) -> str:
    """The source of the cell or file in which a function or a class was defined; empty if it is not known."""
    parts = [answer, *vars(answer).values()] if inspect.isclass(answer) else [answer]
    function = next((part for part in parts if isinstance(part, types.FunctionType)), None)
    return "".join(linecache.getlines(function.__code__.co_filename)) if function is not None else ""
