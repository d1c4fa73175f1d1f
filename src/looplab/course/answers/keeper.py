"""The side of the answer: keeps what the learner's code makes, and calls it as the check asks.

Numbers, text, tensors and containers of these are given out as data. Everything else stays here under a number: a
function, an object, a network, the graph through which a gradient flows.
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from looplab.course.answers.asking import (
    OF_MODULE,
    SPECIAL,
    Asked,
    Said,
    random_states,
    set_random_states,
    unpickled,
    written_said,
)
from looplab.course.answers.module_state import module_state, observed, put_module_state
from looplab.course.answers.plain import NotPlain, Tagged, data_only, packed, unpacked
from looplab.course.answers.shared import Shared
from looplab.course.exercises.calling import call_plainly
from looplab.course.exercises.errors_in_words import describe_error, error_text, name_of
from looplab.course.exercises.exercise import WrongAnswer

__all__ = ["Keeper"]

_LONGEST_NAME = 100
_END = ("nothing more",)
_ITSELF = ("", "__call__", "__iter__", "__next__")  # whose sentences are about the object
T = TypeVar("T")


class Keeper:
    """Keeps an answer and what comes of it.

    Args:
        answer: what the learner defined.
    """

    def __init__(self, answer: object) -> None:
        self._answer = answer
        self._objects: list[Any] = []
        self._keys: dict[int, int] = {}
        self._graphs: list[tuple[Tensor, dict[str, Tensor]]] = []
        self._watched: dict[int, tuple[Shared, list[bytes]]] = {}
        self._modules: dict[int, bytes] = {}
        self._states = b""

    def introduced(self) -> bytes:
        """The answer itself, packed."""
        return _within_limits(lambda: packed(self._answer, _Choice(self, None)), name_of(self._answer))

    def say(self, content: bytes) -> bytes:
        """The reply to a question.

        Raises:
            WrongAnswer: a call goes wrong, or gives what is too large to be judged.
            BaseException: what ends a check.
        """
        asked = unpickled(content, self._referred)
        with self._own_random_states(asked), torch.set_grad_enabled(asked.gradients):
            return written_said(self._slopes(asked) if asked.what == "slopes" else self._called(asked))

    def key(self, value: object) -> int:
        """The number under which an object is kept."""
        if id(value) not in self._keys:
            self._keys[id(value)] = len(self._objects)
            self._objects.append(value)
        return self._keys[id(value)]

    def graph_key(self, result: Tensor, leaves: dict[str, Tensor]) -> int:
        """The number under which a result's graph is kept."""
        self._graphs.append((result, leaves))
        return len(self._graphs) - 1

    def watch_module(self, module: nn.Module) -> bytes:
        """The state of a module, packed; from now on, changes of it are told."""
        self._modules[self.key(module)] = state = packed(module_state(module))
        return state

    def is_kept(self, value: object) -> bool:
        """Whether an object is one of these."""
        return id(value) in self._keys

    def _referred(self, reference: Any) -> object:
        key, state = reference
        value = self._objects[key]
        if state:
            put_module_state(value, unpacked(state))
            self._modules[key] = state
        return value

    def _called(self, asked: Asked) -> Said:
        target = self._objects[asked.key]
        shared = Shared((asked.target, asked.arguments, asked.keywords), self.is_kept)
        name = name_of(target) if asked.name in _ITSELF else asked.name
        before = _within_limits(lambda: shared.states(_Choice(self, None)), name)
        try:
            result = _attribute(target, asked.name) if asked.what == "get" else _result(target, asked, name)
        except _Missing as missing:
            return Said(kind="missing", text=str(missing))
        choice = _Choice(self, shared)
        value = _within_limits(lambda: packed(result, choice), name)
        self._watched[asked.number] = shared, before
        changed = _within_limits(self._changes, name)
        if not choice.has_kept:  # nothing can change them later
            del self._watched[asked.number]
        return Said(kind="ended" if result is _END else "value", value=value, changed=changed)

    def _changes(self) -> list[tuple[int, int, bytes]]:
        """What is not as it was; from now on it is as it is."""
        changed = []
        for number, (shared, before) in self._watched.items():
            now = shared.states(_Choice(self, None))
            changed += [(number, part, state) for part, state in enumerate(now) if state != before[part]]
            before[:] = now
        for key, known in self._modules.items():
            if (state := packed(module_state(self._objects[key]))) != known:
                self._modules[key] = state
                changed.append((OF_MODULE, key, state))
        return changed

    def _slopes(self, asked: Asked) -> Said:
        result, leaves = self._graphs[asked.key]
        try:
            found = torch.autograd.grad(
                result, list(leaves.values()), unpacked(asked.slope), allow_unused=True, retain_graph=True
            )
        except RuntimeError as error:
            return Said(kind="failed", text=error_text(error))
        return Said(kind="value", value=packed(dict(zip(leaves, found, strict=True))))

    @contextmanager
    def _own_random_states(self, asked: Asked) -> Iterator[None]:
        """The answer draws from generators of its own, which go on from call to call unless the check sets them."""
        outside = random_states()
        set_random_states(asked.states or self._states or outside)
        try:
            yield
        finally:
            self._states = random_states()
            set_random_states(outside)


class _Choice:
    """Decides what crosses as data and what is kept.

    Args:
        keeper: keeps it.
        shared: the arguments of the call whose result is packed.

    Attributes:
        has_kept: whether something was kept since this was last set to False.
    """

    def __init__(self, keeper: Keeper, shared: Shared | None) -> None:
        self._keeper, self._shared, self.has_kept = keeper, shared, False

    def __call__(self, value: Any, leaf: Tagged | None) -> Tagged:
        number = self._shared.number_of(value) if self._shared else None
        if number is not None:
            return ["part", number]
        if leaf is None:
            return self._kept(value)
        if isinstance(value, Tensor) and value.requires_grad and self._shared:
            leaves = self._shared.leaves()
            if leaves:
                return ["grown", self._keeper.graph_key(value, leaves), packed(value)]
        return leaf

    def _kept(self, value: Any) -> Tagged:
        self.has_kept = True
        if isinstance(value, nn.Module):
            parts: dict[int, Any] = {}
            self._describe(value, parts)
            return ["module", self._keeper.key(value), parts, self._keeper.watch_module(value)]
        if isinstance(value, type):
            return ["class", self._keeper.key(value), _about(value, value)]
        return ["object", self._keeper.key(value), _about(value, type(value))]

    def _describe(self, module: nn.Module, parts: dict[int, Any]) -> None:
        key = self._keeper.key(module)
        if key in parts:
            return
        owned: dict[str, dict[str, Any]] = {
            "parameters": module._parameters,
            "buffers": module._buffers,
            "children": module._modules,
        }
        parts[key] = about = {
            **_about(module, type(module)),
            "observed": packed(observed(module), data_only),
            **{kind: {name: self._key_or_none(each) for name, each in of.items()} for kind, of in owned.items()},
        }
        del about["signature"]
        for child in module._modules.values():
            if child is not None:
                self._describe(child, parts)

    def _key_or_none(self, value: object) -> int | None:
        return None if value is None else self._keeper.key(value)


class _Missing(Exception):  # noqa: N818 - no error of this program
    """An object has no such attribute."""


def _attribute(target: object, name: str) -> object:
    try:
        return getattr(target, name)
    except AttributeError as error:
        raise _Missing(error_text(error)) from None
    except Exception as error:  # noqa: BLE001 - a property of the learner's may raise anything
        raise WrongAnswer(describe_error(error, f"your {name_of(target)}")) from None


def _result(target: Any, asked: Asked, name: str) -> object:
    """What a call gives; `_END` if it is a step beyond the last one."""
    methods: dict[str, Callable[..., Any]] = {
        "__call__": target,
        "__iter__": lambda: iter(target),
        "__next__": lambda: next(target, _END),
    }
    method = methods[asked.name] if asked.name in methods else getattr(target, asked.name)
    return call_plainly(method, name, asked.arguments, asked.keywords or {})


def _about(value: object, kind: type) -> dict[str, Any]:
    """How something of that class is to look on the other side."""
    base = next((each for each in kind.__mro__ if getattr(nn, each.__name__, None) is each), None)
    name = getattr(value, "__name__", None)
    return {
        "class": kind.__name__[:_LONGEST_NAME],
        "module": str(kind.__module__)[:_LONGEST_NAME],
        "base": base.__name__ if base else "",
        "exact": base is kind,
        "name": name[:_LONGEST_NAME] if isinstance(name, str) else "",
        "methods": [method for method in SPECIAL if any(method in vars(each) for each in kind.__mro__)],
        "signature": _signature(value),
    }


def _signature(value: Any) -> list[tuple[str, int]] | None:
    try:
        return [(name, int(each.kind)) for name, each in inspect.signature(value).parameters.items()]
    except (TypeError, ValueError):
        return None


def _within_limits(pack: Callable[[], T], name: str) -> T:
    try:
        return pack()
    except NotPlain as error:
        raise WrongAnswer(f"your {name} returned {error}.") from None
