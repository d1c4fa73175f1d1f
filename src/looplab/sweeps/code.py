"""A hash of code: of functions and classes, and of what they name beside them in their own modules.

Two processes, and two machines, hash the same source alike; a change of a comment or of where a line stands changes
nothing. What comes from installed packages counts by its name: their versions are looked at elsewhere.
"""

import functools
import hashlib
import inspect
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

from torch import Tensor, nn

from looplab.loop.checkpoints.digest import digest_of

__all__ = ["code_digest"]

_DEEPEST = 12
_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_ADDRESS = re.compile(r" at 0x[0-9a-f]+")


def code_digest(things: Iterable[Any]) -> str:
    """A hash of functions, classes, models and plain values, in their order.

    >>> from functools import partial
    >>> from looplab import mlp
    >>> one, alike, other = (code_digest([partial(mlp, 2, [width])]) for width in (8, 8, 9))
    >>> one == alike, one == other
    (True, False)
    """
    digest, seen = hashlib.sha256(), set[int]()
    for thing in things:
        _add(digest, thing, seen, 0)
    return digest.hexdigest()


def _add(digest: Any, thing: Any, seen: set[int], depth: int) -> None:
    """Add one thing; a function or class that was met before counts by its name."""
    for text, *deeper in _described(thing):
        digest.update(text.encode("utf-8", "surrogatepass") + b"\0")
        for each in deeper:
            if isinstance(each, _PLAIN) or (id(each) not in seen and depth < _DEEPEST):
                if isinstance(each, FunctionType | type | nn.Module):
                    seen.add(id(each))
                _add(digest, each, seen, depth + 1)


def _described(thing: Any) -> list[list[Any]]:
    """A text for a thing, each with the things that it consists of."""
    if isinstance(thing, functools.partial):
        return [["partial", thing.func, *thing.args, *_items(thing.keywords)]]
    if isinstance(thing, MethodType):
        return [["method", thing.__func__, thing.__self__]]
    if isinstance(thing, FunctionType):
        if _is_installed(thing.__module__):
            return [[f"function {thing.__module__}.{thing.__qualname__}", *_cells(thing)]]
        named = {name: thing.__globals__[name] for name in _names(thing.__code__) if name in thing.__globals__}
        return [["function", thing.__code__, thing.__defaults__, *_items(thing.__kwdefaults__ or {}), *_cells(thing)],
                ["names", *_items(named)]]  # fmt: skip
    if isinstance(thing, CodeType):
        return [[f"code {thing.co_code.hex()} {thing.co_names} {thing.co_varnames}", *thing.co_consts]]
    if isinstance(thing, type):
        name = f"class {thing.__module__}.{thing.__qualname__}"
        if _is_installed(thing.__module__):
            return [[name]]
        own = {key: value for key, value in vars(thing).items() if isinstance(value, (FunctionType, property, *_PLAIN))}
        own = {key: value for key, value in own.items() if key not in ("__doc__", "__firstlineno__")}
        return [[f"class {thing.__qualname__}", *thing.__bases__, *_items(own)]]
    if isinstance(thing, property):
        return [["property", thing.fget]]
    if isinstance(thing, nn.Module):
        return [["model", *dict.fromkeys(type(module) for module in thing.modules())]]
    if isinstance(thing, ModuleType):
        return [[f"module {thing.__name__}"]]
    if isinstance(thing, tuple | list):
        return [[type(thing).__name__, *thing]]
    if isinstance(thing, set | frozenset):
        return [["set", *sorted(thing, key=repr)]]  # whose order changes from process to process
    if isinstance(thing, Tensor):
        return [[f"tensor {digest_of({'': thing})}"]]
    if isinstance(thing, dict):
        return [["dict", *_items(thing)]]
    return [[_ADDRESS.sub("", repr(thing) if isinstance(thing, _PLAIN) else f"{type(thing).__qualname__} {thing!r}")]]


def _items(things: dict[Any, Any]) -> list[Any]:
    return [each for item in sorted(things.items(), key=lambda item: str(item[0])) for each in item]


def _cells(function: FunctionType) -> list[Any]:
    """What a function took from around it."""
    found = []
    for cell in function.__closure__ or ():
        try:
            found.append(cell.cell_contents)
        except ValueError:  # not filled yet
            found.append(None)
    return found


def _names(code: CodeType) -> set[str]:
    """What code names of its module, within its inner functions, too."""
    inner = [each for each in code.co_consts if isinstance(each, CodeType)]
    return set(code.co_names).union(*map(_names, inner))


@functools.cache
def _is_installed(module: str) -> bool:
    """Whether a module belongs to Python, to looplab or to an installed package."""
    root = module.partition(".")[0]
    if root in sys.stdlib_module_names or root in ("looplab", "torch", "numpy"):
        return root != "__main__"
    found = sys.modules.get(module)
    path = None if found is None else inspect.getsourcefile(found) if hasattr(found, "__file__") else None
    return path is not None and bool({"site-packages", "dist-packages"} & set(Path(path).parts))
