"""Values as data: what crosses between the process that judges an answer and the one in which the answer runs.

Numbers, text, containers, tensors and arrays are written as bytes with their types and shapes; nothing is executed in
reading them. Something of a class derived from one of these crosses as the base class has it. What is no data stays
where it is, and whoever packs says what crosses in its place.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
import numpy as np
import torch
from torch import Tensor

__all__ = ["MOST_BYTES", "Leaves", "NotPlain", "Tagged", "data_only", "packed", "unpacked"]

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
Choose = Callable[[object, Tagged | None], Tagged]
Leaves = Mapping[str, Callable[..., Any]]


class NotPlain(ValueError):  # noqa: N818 - says what a value is, and is turned into other sentences
    """A value that is no data, or bytes that hold none."""


def data_only(value: object, leaf: Tagged | None) -> Tagged:
    """Says of what is no data that it does not cross.

    Raises:
        NotPlain: always then.
    """
    if leaf is None:
        raise NotPlain(f"an object of the class {type(value).__name__}, which is no data")
    return leaf


def packed(value: object, choose: Choose = data_only) -> bytes:
    """The bytes of a value.

    Args:
        value: any object.
        choose: gets each value that is no container, with what stands for it if it is data, and says what crosses: a
            list that begins with a name. Or raises `NotPlain`.

    Raises:
        NotPlain: it is too deep or too large.
    """
    content = msgspec.msgpack.encode(_tagged(value, choose, 0))
    if len(content) > MOST_BYTES:
        raise NotPlain(f"{len(content) / 2**20:.0f} MB, which is more than a check takes")
    return content


def unpacked(content: bytes, others: Leaves | None = None) -> Any:
    """The value that bytes hold.

    Args:
        content: what `packed` gave.
        others: makes a value of what a `choose` of that name has written.

    Raises:
        NotPlain: they hold none.
    """
    try:
        return _untagged(msgspec.msgpack.decode(content), {**_LEAVES, **(others or {})}, 0)
    except NotPlain:
        raise
    except (
        ValueError,
        TypeError,
        KeyError,
        IndexError,
        RecursionError,
        RuntimeError,
        OverflowError,
        AttributeError,
    ) as error:
        raise NotPlain(f"bytes that hold no value: {type(error).__name__}") from None


def _tagged(value: Any, choose: Choose, depth: int) -> Any:
    if depth > _DEEPEST:
        raise NotPlain("a value that is nested too deeply")
    kind = type(value)
    if value is None or kind in (bool, float, str):
        return _text(value) if kind is str else value
    if kind is int:
        return value if -_SMALL <= value < _SMALL else ["int", _digits(value)]
    if kind in _CONTAINERS:
        return [kind.__name__, *(_tagged(item, choose, depth + 1) for item in value)]
    if kind is dict:
        return ["dict", *([_tagged(part, choose, depth + 1) for part in item] for item in value.items())]
    leaf = _tagged_leaf(value)
    base = next((base for base in _BASES if leaf is None and isinstance(value, base)), None)
    return choose(value, leaf) if base is None else _tagged(_BASES[base](value), choose, depth)


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


def _untagged(value: Any, leaves: Leaves, depth: int) -> Any:
    if depth > _DEEPEST:
        raise NotPlain("a value that is nested too deeply")
    if value is None or type(value) in (bool, int, float, str):
        return value
    if type(value) is not list or type(value[0]) is not str:
        raise NotPlain("bytes that hold no value")
    tag, *rest = value
    if tag in _BY_NAME:
        return _BY_NAME[tag](_untagged(item, leaves, depth + 1) for item in rest)
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


_CONTAINERS: dict[type, Callable[[Any], Any]] = {kind: kind for kind in (list, tuple, set, frozenset, torch.Size)}
_BY_NAME = {kind.__name__: kind for kind in _CONTAINERS}
_BASES: dict[type, Callable[[Any], Any]] = {
    # what the base class holds, whatever the derived one says of itself
    list: lambda value: list(list.__iter__(value)),
    tuple: lambda value: tuple(tuple.__iter__(value)),
    set: lambda value: set(set.__iter__(value)),
    frozenset: lambda value: frozenset(frozenset.__iter__(value)),
    dict: lambda value: dict(dict.items(value)),
    str: str.__str__,
    float: float.__float__,
    int: int.__int__,
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
