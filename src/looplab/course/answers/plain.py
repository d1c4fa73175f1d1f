"""Values as data: what crosses between the process that judges an answer and the one in which the answer runs.

Numbers, text, containers, tensors and arrays are written as bytes with their types and shapes; nothing is executed in
reading them. What is no data crosses one way only: to the learner's process go functions and classes by their names in
a module, back from there comes, for an object of any other class, the name of its class.
"""

import importlib
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

__all__ = ["MOST_BYTES", "NotPlain", "Other", "by_class_name", "by_name", "packed", "unpacked"]

MOST_BYTES = 16 * 2**20
"""The size of the largest value that crosses."""

_DEEPEST = 50
_MOST_DIGITS = 4000  # of a whole number
_SMALL = 2**63
_DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        *(torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.complex64, torch.complex128),
        *(torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool),
    )
}

Tagged = list[Any]
Fallback = Callable[[object], Tagged]


class NotPlain(ValueError):  # noqa: N818 - says what a value is, and is turned into other sentences
    """A value that is no data, or bytes that hold none."""


@dataclass(frozen=True)
class Other:
    """What stands for an object that is no data."""

    kind: str


def packed(value: object, fallback: Fallback) -> bytes:
    """The bytes of a value.

    Args:
        value: any object.
        fallback: says what stands for an object that is no data, or raises `NotPlain`.

    Raises:
        NotPlain: it is too deep or too large.
    """
    content = msgspec.msgpack.encode(_tagged(value, fallback, 0))
    if len(content) > MOST_BYTES:
        raise NotPlain(f"{len(content) / 2**20:.0f} MB, which is more than a check takes")
    return content


def unpacked(content: bytes, *, trusted: bool = False) -> Any:
    """The value that bytes hold.

    Args:
        content: what `packed` gave.
        trusted: it comes from the process that judges, and may name functions and classes. Otherwise what is no data
            comes as an `Other`.

    Raises:
        NotPlain: they hold none.
    """
    leaves = _LEAVES | ({"named": _named} if trusted else {"other": _stand_in})
    try:
        return _untagged(msgspec.msgpack.decode(content), leaves, 0)
    except NotPlain:
        raise
    except (ValueError, TypeError, KeyError, IndexError, RecursionError, RuntimeError, OverflowError) as error:
        raise NotPlain(f"bytes that hold no value: {type(error).__name__}") from None


def by_name(value: object) -> Tagged:
    """A function or class by its name in its module, for the learner's process.

    Raises:
        NotPlain: it has none, as an object that only the check knows.
    """
    module, name = getattr(value, "__module__", None), getattr(value, "__qualname__", None)
    module = module or ("torch" if getattr(torch, str(name), None) is value else None)
    if module and name and getattr(importlib.import_module(module), name, None) is value:
        return ["named", module, name]
    if getattr(torch, getattr(value, "__name__", ""), None) is value:
        return ["named", "torch", getattr(value, "__name__", "")]
    raise NotPlain(f"an object of the class {type(value).__name__}, which is no data")


def by_class_name(value: object) -> Tagged:
    """The name of an object's class, for the process that judges."""
    return ["other", type(value).__module__[:100], type(value).__name__[:100]]


def _tagged(value: Any, fallback: Fallback, depth: int) -> Any:
    if depth > _DEEPEST:
        raise NotPlain("a value that is nested too deeply")
    kind = type(value)
    if value is None or kind in (bool, float, str):
        return _text(value) if kind is str else value
    if kind is int:
        return value if -_SMALL <= value < _SMALL else ["int", _digits(value)]
    if kind in (list, tuple, set, frozenset, torch.Size):
        return [kind.__name__, *(_tagged(item, fallback, depth + 1) for item in value)]
    if kind is dict:
        return ["dict", *([_tagged(part, fallback, depth + 1) for part in item] for item in value.items())]
    return _tagged_leaf(value) or fallback(value)


def _tagged_leaf(value: Any) -> Tagged | None:
    """Numbers of other kinds, tensors and arrays; None for what is none of these."""
    if type(value) is complex:
        return ["complex", value.real, value.imag]
    if isinstance(value, torch.dtype):
        return ["dtype", str(value).removeprefix("torch.")]
    if type(value) in (Tensor, torch.nn.Parameter):
        return _tagged_tensor(value)
    if type(value) is np.ndarray and value.dtype.kind in "biufc":
        return ["array", value.dtype.str, list(value.shape), value.tobytes()]
    if isinstance(value, np.generic) and value.dtype.kind in "biufc":
        return ["scalar", value.dtype.str, value.tobytes()]
    return None


def _tagged_tensor(value: Tensor) -> Tagged | None:
    name = str(value.dtype).removeprefix("torch.")
    if name not in _DTYPES or value.layout is not torch.strided or value.is_meta or value.numel() > MOST_BYTES:
        return None
    flat = value.detach().resolve_conj().resolve_neg().cpu().contiguous().flatten()
    return ["tensor", name, list(value.shape), flat.view(torch.uint8).numpy().tobytes(), value.requires_grad]


def _text(text: str) -> Any:
    """Text, or its bytes where it holds what UTF-8 has not."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return ["text", text.encode("utf-8", "surrogatepass")]
    return text


def _digits(number: int) -> str:
    if number.bit_length() > 3 * _MOST_DIGITS:
        raise NotPlain(f"a whole number of {number.bit_length()} bits")
    return str(number)


def _untagged(value: Any, leaves: dict[str, Callable[..., Any]], depth: int) -> Any:
    if depth > _DEEPEST:
        raise NotPlain("a value that is nested too deeply")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is not list or type(value[0]) is not str:
        raise NotPlain("bytes that hold no value")
    tag, *rest = value
    if tag in _CONTAINERS:
        return _CONTAINERS[tag](_untagged(item, leaves, depth + 1) for item in rest)
    if tag == "dict":
        return {_untagged(key, leaves, depth + 1): _untagged(item, leaves, depth + 1) for key, item in rest}
    return leaves[tag](*rest)


def _tensor(name: str, shape: list[int], content: bytes, requires_grad: bool) -> Tensor:
    dtype = _DTYPES[name]
    _require_size(shape, torch.empty(0, dtype=dtype).element_size(), content)
    flat = torch.frombuffer(bytearray(content), dtype=dtype) if content else torch.empty(0, dtype=dtype)
    return flat.reshape(shape).requires_grad_(bool(requires_grad))


def _array(name: str, shape: list[int], content: bytes) -> np.ndarray:
    dtype = _numpy_dtype(name)
    _require_size(shape, dtype.itemsize, content)
    return np.frombuffer(bytearray(content), dtype).reshape(shape)


def _scalar(name: str, content: bytes) -> np.generic:
    value: np.generic = np.frombuffer(content, _numpy_dtype(name), count=1)[0]
    return value


def _numpy_dtype(name: str) -> np.dtype:
    dtype = np.dtype(name)
    if dtype.kind not in "biufc":
        raise NotPlain(f"an array of {name[:20]}")
    return dtype


def _require_size(shape: list[int], element_bytes: int, content: bytes) -> None:
    if not all(type(length) is int and 0 <= length < _SMALL for length in shape) or len(shape) > _DEEPEST:
        raise NotPlain("an impossible shape")
    if math.prod(shape) * element_bytes != len(content):
        raise NotPlain("a shape that does not fit what is there")


def _int(digits: str) -> int:
    if len(digits) > _MOST_DIGITS + 1:
        raise NotPlain("a whole number that is too large")
    return int(digits)


_CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "list": list,
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "Size": torch.Size,
}
_LEAVES: dict[str, Callable[..., Any]] = {
    "int": _int,
    "complex": complex,
    "text": lambda content: content.decode("utf-8", "surrogatepass"),
    "dtype": lambda name: _DTYPES[name],
    "tensor": _tensor,
    "array": _array,
    "scalar": _scalar,
}


def _stand_in(module: str, name: str) -> object:
    """An object of a new class that is called like the learner's, for the sentences that name it."""
    return type(str(name), (Other,), {"__module__": str(module)})(str(name))


def _named(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)
