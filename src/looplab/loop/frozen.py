"""Mappings that do not change, so that a recipe that holds one can be compared, hashed and shared."""

from collections.abc import Mapping
from typing import Any, NoReturn

import numpy as np

__all__ = ["Frozen", "frozen"]


class Frozen(dict[str, Any]):
    """A dict that refuses every change; equal to a plain dict with the same entries."""

    def __hash__(self) -> int:  # type: ignore[override]  # a dict has none, since it may change
        return hash(frozenset(self.items()))

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle and copy as a plain dict, which the class then takes."""
        return type(self), (dict(self),)

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise TypeError("what a recipe holds does not change; make another with dataclasses.replace")

    __setitem__ = __delitem__ = __ior__ = pop = popitem = clear = update = setdefault = _refuse


def frozen(value: object) -> Any:
    """Mappings as `Frozen`, lists as tuples and NumPy's numbers as Python's, all the way down; all else as it is."""
    if isinstance(value, Mapping):
        return Frozen({key: frozen(each) for key, each in value.items()})
    if isinstance(value, list | tuple):
        return tuple(map(frozen, value))
    return value.item() if isinstance(value, np.generic) else value
