"""What sets replicas apart, as JSON and arrays, and back to the very same values.

Every column is its different values, and an array that says which of them each replica has. Values are numbers, text,
truths, None, and lists, tuples or dictionaries of these.
"""

import json
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from looplab.errors import ReplicasError, shown

__all__ = ["column_arrays", "columns_of", "decoded", "encoded"]

_PREFIX = "column "
_PLAIN = (bool, int, float, str, type(None))


def encoded(name: str, value: Any) -> Any:
    """A value as JSON holds it.

    Raises:
        ReplicasError: a function, a class, a module: what a file cannot hold.
    """
    if type(value) in _PLAIN:
        return value
    if type(value) in (list, tuple):
        return {type(value).__name__: [encoded(name, each) for each in value]}
    if isinstance(value, dict) and all(isinstance(key, str) for key in value):
        return {"dict": [[key, encoded(name, each)] for key, each in value.items()]}
    raise ReplicasError(
        f"'{name}' of the runs",
        expected="numbers, text, and lists, tuples or dictionaries of these, which a file can hold",
        got=shown(value),
        fix="Vary a name, and let make_model look it up.",
    )


def decoded(value: Any) -> Any:
    """What `encoded` was given.

    Raises:
        ValueError: something that it does not give.
    """
    if type(value) in _PLAIN:
        return value
    kinds = {"list": list, "tuple": tuple}
    if isinstance(value, dict) and len(value) == 1:
        ((kind, values),) = value.items()
        if kind in kinds and isinstance(values, list):
            return kinds[kind](map(decoded, values))
        if kind == "dict" and isinstance(values, list) and all(map(_is_item, values)):
            return {key: decoded(each) for key, each in values}
    raise ValueError(f"{shown(value)} for a value")


def _is_item(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str)


def column_arrays(columns: Mapping[str, list[Any]]) -> tuple[list[tuple[str, list[Any]]], dict[str, Tensor]]:
    """The different values of each column, and arrays of R numbers by name: which value each replica has."""
    different, arrays = [], {}
    for name, values in columns.items():
        if name == "seed":
            arrays[_PREFIX + name] = torch.tensor(values, dtype=torch.int64)
            continue
        known: dict[str, int] = {}
        places = [known.setdefault(json.dumps(encoded(name, value)), len(known)) for value in values]
        different.append((name, [json.loads(each) for each in known]))
        arrays[_PREFIX + name] = torch.tensor(places, dtype=torch.int64)
    return different, arrays


def columns_of(different: Any, tensors: Mapping[str, Tensor]) -> dict[str, list[Any]]:
    """The columns that `column_arrays` was given.

    Raises:
        ValueError: values and arrays that do not fit each other.
        KeyError: an array that is missing.
    """
    columns: dict[str, list[Any]] = {"seed": _numbers(tensors, "seed").tolist()}
    for name, values in different:
        if name in columns or not isinstance(name, str):
            raise ValueError(f"the column {shown(name)}")
        places = _numbers(tensors, name)
        if len(places) and not (int(places.min()) >= 0 and int(places.max()) < len(values)):
            raise ValueError(f"{name} without its values")
        known = list(map(decoded, values))
        columns[name] = [known[place] for place in places.tolist()]
    return columns


def _numbers(tensors: Mapping[str, Tensor], name: str) -> Tensor:
    found = tensors[_PREFIX + name]
    if found.ndim != 1 or found.dtype != torch.int64:
        raise ValueError(f"{name} that is no row of numbers")
    return found
