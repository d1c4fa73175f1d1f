"""What a check asks of an answer, and what is said to that.

Questions come from the process that judges and are pickled: the process of the answer has nothing to protect. Answers
come from the learner's process and are data.
"""

import io
import pickle
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import cloudpickle
import msgspec
import numpy as np
import torch

from looplab.course.answers.plain import NotPlain, packed, unpacked

__all__ = [
    "OF_MODULE",
    "SPECIAL",
    "Asked",
    "Said",
    "pickled",
    "random_states",
    "read_said",
    "set_random_states",
    "unpickled",
    "written_said",
]

SPECIAL = ("__call__", "__len__", "__getitem__", "__iter__", "__next__", "__contains__", "__bool__")
"""The methods that Python looks up on a class, as far as they are passed on."""


OF_MODULE = -1
"""In the place of the number of a call: the change is that of a module on the side of the answer."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A question about an object on the side of the answer.

    Attributes:
        what: "call" the object or its method, "get" its attribute, or the "slopes" of a result.
        key: which object, or which result.
        target: the object if it is a module, which goes along as the check has it; else None.
        name: of the method or attribute.
        number: of the call, drawn by counting.
        arguments, keywords: of the call.
        states: of the random generators, packed; empty if the answer's own go on.
        gradients: whether gradients are on.
        slope: of a sum with regard to the result, packed.
    """

    what: str
    key: int
    target: object = None
    name: str = ""
    number: int = 0
    arguments: tuple[Any, ...] = ()
    keywords: dict[str, Any] | None = None
    states: bytes = b""
    gradients: bool = True
    slope: bytes = b""


class Said(msgspec.Struct, kw_only=True):
    """The reply.

    Attributes:
        kind: "value", "ended" (nothing more is in it), "missing" (no such attribute) or "failed" (no slopes).
        value: packed, for "value".
        text: the words of the error, for "missing" and "failed".
        changed: what arguments of this and of earlier calls hold now (number of the call, number of the part, state),
            and what modules hold that were given out (`OF_MODULE`, the module's key, state).
    """

    kind: str
    value: bytes = b""
    text: str = ""
    changed: list[tuple[int, int, bytes]] = []


def written_said(said: Said) -> bytes:
    """A reply as bytes."""
    return msgspec.msgpack.encode(said)


def read_said(content: bytes) -> Said:
    """The reply that bytes hold.

    Raises:
        NotPlain: none.
    """
    try:
        return msgspec.msgpack.decode(content, type=Said)
    except (ValueError, RecursionError) as error:
        raise NotPlain(f"bytes that hold no reply: {type(error).__name__}") from None


def pickled(asked: Asked, reference: Callable[[object], object | None]) -> bytes:
    """A question as bytes.

    Args:
        asked: the question.
        reference: what stands for an object that is on the other side; None for all others.

    Raises:
        Exception: whatever pickling raises for objects that cannot be sent.
    """

    class Pickler(cloudpickle.Pickler):  # type: ignore[misc]  # has no types
        def persistent_id(self, value: object) -> object | None:
            return reference(value)

    stream = io.BytesIO()
    Pickler(stream).dump(asked)
    return stream.getvalue()


def unpickled(content: bytes, referred: Callable[[Any], object]) -> Asked:
    """The question that bytes hold; `referred` gives the object for what `reference` gave."""

    class Unpickler(pickle.Unpickler):
        def persistent_load(self, reference: Any) -> object:
            return referred(reference)

    asked: Asked = Unpickler(io.BytesIO(content)).load()
    return asked


def random_states() -> bytes:
    """The states of random's, NumPy's and torch's generators, packed."""
    return packed((random.getstate(), np.random.get_state(), torch.get_rng_state()))


def set_random_states(states: bytes) -> None:
    """Put back what `random_states` gave."""
    python, numpy, torch_state = unpacked(states)
    random.setstate(python)
    np.random.set_state(numpy)
    torch.set_rng_state(torch_state)
