"""Packages whose names are loaded when they are first used, so that a command need not wait for what it never calls.

In the package's `__init__.py`, the names are imported for readers and type checkers alone, under `TYPE_CHECKING`; this
part imports them when they are asked for. Type checkers must not see `__getattr__`, or any name would do.
"""

import pkgutil
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from looplab.similar import nearest

__all__ = ["lazy_names"]


def lazy_names(
    package: str, names: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The `__getattr__` and the `__dir__` of a package.

    Besides its names it has its own modules as attributes, whether they have been imported before or not.

    Args:
        package: the package's `__name__`.
        names: for each module, the names that the package takes from it.
    """
    homes = {name: module for module, taken in names.items() for name in taken}

    def load(name: str) -> Any:
        own = vars(sys.modules[package])
        if name in homes:
            own[name] = getattr(import_module(homes[name]), name)
            return own[name]
        if not name.startswith("_") and name in _modules(own):
            return import_module(f"{package}.{name}")
        choices = [choice for choice in listed() if not choice.startswith("_")]
        near = ", ".join(f"'{choice}'" for choice in nearest(name, choices))
        message = f"module '{package}' has no attribute '{name}'{f'; the nearest are {near}' if near else ''}"
        raise AttributeError(message, name=name, obj=sys.modules[package])

    def listed() -> list[str]:
        own = vars(sys.modules[package])
        return sorted({*own, *homes, *_modules(own)})

    return load, listed


def _modules(own: Mapping[str, Any]) -> set[str]:
    """The modules in a package's folder that may be imported by name."""
    return {module.name for module in pkgutil.iter_modules(own["__path__"]) if not module.name.startswith("_")}
