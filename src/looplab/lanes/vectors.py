"""Vectors of float32 or float64: what a processor computes with one instruction, as numbers that formulas can add.

`load(like, a, i)` takes as many neighbours a[i], a[i+1], … as `like` has lanes; `store` puts them back. Operators work
lane by lane, comparisons give a mask for `where`, a plain number counts for every lane. `one` makes a vector of 16
lanes, `wide` one of more where the processor has registers enough: with more sums on the way, none waits for another.
Both have the type that the data have, and so has the plain number that `number` makes.

These are the functions as Python runs them, and they check bounds. The compiler has its own for each, which do not.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

__all__ = [
    "WIDTH", "Lanes", "at", "lanes_of", "load", "load_each", "number", "numbers_of", "one", "put", "store",
    "store_each", "vector", "wide",
]  # fmt: skip

WIDTH = 16
"""Lanes of a vector; rows are filled up to a multiple of it."""

_WIDE = 64

_NUMBER: ContextVar[Any] = ContextVar("number", default=np.float32)


@contextmanager
def numbers_of(kind: Any) -> Iterator[None]:
    """Let `one`, `wide` and `number` give NumPy's float32 or float64, where Python runs them; otherwise float32."""
    before = _NUMBER.set(np.dtype(kind).type)
    try:
        yield
    finally:
        _NUMBER.reset(before)


class Lanes(np.ndarray[Any, Any]):
    """Some numbers of a type, or a mask, as one value: it never changes, and `a += b` makes `a` another."""

    def __array_ufunc__(self, ufunc: Any, method: Any, *inputs: Any, **kwargs: Any) -> Any:
        """A number beside lanes is one more of their type, as in compiled code; NumPy would compute in float64."""
        kind = next(x.dtype.type for x in inputs if isinstance(x, Lanes))
        given = [x.view(np.ndarray) if isinstance(x, Lanes) else _alike(x, kind) for x in inputs]
        return vector(getattr(ufunc, method)(*given, **kwargs))

    def __iadd__(self, other: Any) -> Any:  # type: ignore[misc]  # ndarray's own works in place
        return self + other

    def __isub__(self, other: Any) -> Any:  # type: ignore[misc]
        return self - other

    def __imul__(self, other: Any) -> Any:  # type: ignore[misc]
        return self * other

    def __itruediv__(self, other: Any) -> Any:  # type: ignore[misc]
        return self / other


def _alike(x: Any, kind: Any) -> Any:
    return kind(x) if isinstance(x, int | float | np.floating) and not isinstance(x, bool) else x


def vector(values: Any) -> Any:
    """NumPy's array as lanes; anything else stays as it is."""
    if not isinstance(values, np.ndarray):
        return values
    lanes = values.view(Lanes)
    lanes.flags.writeable = False
    return lanes


def one(value: Any) -> Any:
    """A vector of 16 lanes, each this number."""
    return vector(np.full(WIDTH, value, _NUMBER.get()))


def wide(value: Any) -> Any:
    """A vector of more lanes that are all this number: as many as the processor has room for."""
    return vector(np.full(_WIDE, value, _NUMBER.get()))


def number(value: Any) -> Any:
    """A plain number of the type that the data have."""
    return _NUMBER.get()(value)


def lanes_of(like: Any) -> int:
    """How many lanes a vector has."""
    return len(like)


def at(array: Any, index: int) -> Any:
    """The number array[index], for an index that is not negative."""
    assert index >= 0
    number = array[index]
    return number.item() if array.dtype.kind == "i" or array.dtype == np.float64 else number


def put(array: Any, index: int, value: Any) -> None:
    """Let array[index] be this number, for an index that is not negative."""
    assert index >= 0
    array[index] = value


def load(like: Any, array: Any, index: int) -> Any:
    """The vector of array[index], array[index + 1], … with as many lanes as `like`."""
    values = array[index : index + len(like)].copy()
    assert len(values) == len(like)
    return vector(values)


def store(array: Any, index: int, lanes: Any) -> None:
    """Let array[index], array[index + 1], … be the vector's lanes."""
    assert len(array[index : index + len(lanes)]) == len(lanes)
    array[index : index + len(lanes)] = lanes


def load_each(like: Any, array: Any, index: int, distance: int, count: int) -> Any:
    """Several vectors, as a tuple: from `index` on, `index + distance`, and so on. The count is known beforehand."""
    return tuple(load(like, array, index + each * distance) for each in range(count))


def store_each(array: Any, index: int, distance: int, vectors: Any) -> None:
    """Put the vectors of a tuple to `index`, `index + distance`, and so on."""
    for each, lanes in enumerate(vectors):
        store(array, index + each * distance, lanes)
