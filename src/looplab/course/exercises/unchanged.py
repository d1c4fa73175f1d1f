"""Arguments that an answer may read but not change: a change is noticed, named and undone."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from looplab.course.exercises.exercise import WrongAnswer

__all__ = ["expect_unchanged", "unchanged"]

_TENSOR_FIX = "Make a new tensor instead: no {name} += …, no {name}[…] = …, no method that ends with an underscore."
_FIX = {
    list: "Make a new list instead: no {name}.append, no {name}.sort, no {name}[…] = …, or begin with list({name}).",
    dict: "Make a new dictionary instead, or begin with dict({name}).",
    set: "Make a new set instead, or begin with set({name}).",
    np.ndarray: "Make a new array instead: no {name} += …, no {name}[…] = …, or begin with {name}.copy().",
}


@dataclass(frozen=True)
class _Watched:
    """A value, the learner's name for it, whether it is unchanged, and how to restore it."""

    name: str
    fix: str
    is_same: Callable[[], bool]
    put_back: Callable[[], None]


@contextmanager
def expect_unchanged(**values: Any) -> Iterator[None]:
    """Notice when the code inside changes one of these values in place.

    Args:
        values: tensors of any shapes, or others that `unchanged` watches, each under the learner's own name for it.

    Raises:
        WrongAnswer: a value differs from before.
    """
    with unchanged(values):
        yield


@contextmanager
def unchanged(values: Mapping[str, Any]) -> Iterator[None]:
    """The same for names that need not be Python's.

    Tensors, arrays, lists, dictionaries and sets are watched, also inside each other; other objects are not. Changes
    are undone, even if the code inside raises, so that the next check meets the values it expects.
    """
    watched = [part for name, value in values.items() for part in _watch(name, value, set())]
    try:
        yield
    except BaseException:
        for part in watched:
            if not part.is_same():
                part.put_back()
        raise
    changed = [part for part in watched if not part.is_same()]
    for part in changed:
        part.put_back()
    if changed:
        raise WrongAnswer(f"{changed[0].name} was changed in place. {changed[0].fix.format(name=changed[0].name)}")


def _watch(name: str, value: Any, seen: set[int]) -> Iterator[_Watched]:
    if id(value) in seen:
        return
    seen.add(id(value))
    if isinstance(value, Tensor):
        before = value.detach().clone()
        yield _Watched(name, _TENSOR_FIX, lambda: _same_tensor(value, before), lambda: _put_tensor_back(value, before))
    elif isinstance(value, np.ndarray):
        array = value.copy()
        yield _Watched(name, _FIX[np.ndarray], lambda: _same_array(value, array), lambda: _put_array_back(value, array))
    elif isinstance(value, list | dict | set):
        yield _container(name, value)
    if isinstance(value, list | tuple):
        for place, item in enumerate(value):
            yield from _watch(f"{name}[{place}]", item, seen)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _watch(f"{name}[{key!r}]", item, seen)


def _container(name: str, value: Any) -> _Watched:
    """A list, a dictionary or a set: which objects it holds; changes inside these are watched separately."""
    before = value.copy()

    def is_same() -> bool:
        if isinstance(value, dict):
            return list(map(id, value)) == list(map(id, before)) and _ids(value.values()) == _ids(before.values())
        return bool(value == before) if isinstance(value, set) else _ids(value) == _ids(before)

    def put_back() -> None:
        value.clear()
        value.extend(before) if isinstance(value, list) else value.update(before)

    kind = next(kind for kind in _FIX if isinstance(value, kind))
    return _Watched(name, _FIX[kind], is_same, put_back)


def _ids(values: Any) -> list[int]:
    return [id(value) for value in values]


def _same_tensor(now: Tensor, before: Tensor) -> bool:
    now = now.detach()
    if now.shape != before.shape or now.dtype != before.dtype:
        return False
    return torch.equal(now, before) or torch.allclose(now, before, rtol=0, atol=0, equal_nan=True)


def _put_tensor_back(tensor: Tensor, before: Tensor) -> None:
    if tensor.shape == before.shape and tensor.dtype == before.dtype:
        with torch.no_grad():
            tensor.data.copy_(before)
    else:
        tensor.data = before


def _same_array(now: Any, before: Any) -> bool:
    if now.shape != before.shape or now.dtype != before.dtype:
        return False
    return bool(np.array_equal(now, before, equal_nan=now.dtype.kind in "fc"))


def _put_array_back(array: Any, before: Any) -> None:
    if array.shape == before.shape and array.flags.writeable:
        array[...] = before
