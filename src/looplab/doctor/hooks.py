"""Hooks that stay with the module they are on: a copy of it, or what is stored of it, has none."""

from collections.abc import Callable
from typing import Any

__all__ = ["Hook"]


class Hook:
    """A hook that is not copied or stored with the module it is on: its copies do nothing.

    Args:
        function: what is called; what it returns is left out.
    """

    def __init__(self, function: Callable[..., None]) -> None:
        self._function = function

    def __call__(self, *args: Any) -> None:
        """Call the function, and give nothing back."""
        self._function(*args)

    def __deepcopy__(self, _: dict[int, Any]) -> Callable[..., None]:
        return _nothing

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[()]]:
        return _inert, ()


def _nothing(*_: Any) -> None:
    return None


def _inert() -> Callable[..., None]:
    return _nothing
