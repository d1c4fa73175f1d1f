"""The side of the check: asks for what an answer does, and compares what comes, here, where the answer cannot reach."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from looplab.course.answers.asking import OF_MODULE, Asked, Said, pickled, random_states, read_said
from looplab.course.answers.keeper import Keeper
from looplab.course.answers.module_state import module_state, put_module_state
from looplab.course.answers.plain import NotPlain, packed, unpacked
from looplab.course.answers.remote import remote_class, remote_module_class, remote_object, with_parts
from looplab.course.answers.shared import Shared
from looplab.course.exercises.exercise import WrongAnswer
from looplab.errors import ExerciseError

__all__ = ["answer_from", "answer_here"]

Ask = Callable[[bytes], bytes]
T = TypeVar("T")


def answer_from(introduced: bytes, ask: Ask, name: str, exercise: str) -> Any:
    """The answer as a check gets it.

    Args:
        introduced: what the other side says of it.
        ask: a question -> the reply. Raises `WrongAnswer` where the call went wrong.
        name: what the learner's code is called in sentences.
        exercise: its id.

    Raises:
        WrongAnswer: there is none in these bytes.
    """
    return _Desk(ask, name, exercise).value(introduced)


def answer_here(answer: object, name: str, exercise: str) -> Any:
    """An answer in this process that is reached over bytes all the same."""
    keeper = Keeper(answer)
    return answer_from(keeper.introduced(), keeper.say, name, exercise)


class _Desk:
    """Turns calls into questions and replies into values; remote objects are connected to it."""

    def __init__(self, ask: Ask, name: str, exercise: str) -> None:
        self._ask, self._name, self._exercise = ask, name, exercise
        self._kept: dict[int, Any] = {}
        self._keys: dict[int, int] = {}
        self._same: dict[int, bytes] = {}  # as it was when both sides were last known to hold the same
        self._shared: dict[int, Shared] = {}
        self._number, self._has_kept, self._states = 0, False, b""
        self._leaves: Mapping[str, Callable[..., Any]] = {
            "object": self._object,
            "class": self._class,
            "module": self._module,
        }

    def value(self, content: bytes) -> Any:
        """What bytes of the other side hold."""
        return self._or_wrong(lambda: unpacked(content, self._leaves))

    def call(self, key: int, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What a method of the object returns. Raises what `ask` raises."""
        target = self._kept[key]
        target = target if isinstance(target, nn.Module) else None
        shared = Shared((target, arguments, keywords), self._is_elsewhere)
        said = self._answered(
            shared, what="call", key=key, target=target, name=name, arguments=arguments, keywords=keywords
        )
        if said.kind == "ended":
            raise StopIteration
        return self._or_wrong(lambda: self._result(said, shared))

    def get(self, key: int, name: str) -> Any:
        """An attribute of the object. Raises AttributeError if it has none of that name."""
        shared = Shared((None, (), None), self._is_elsewhere)
        said = self._answered(shared, what="get", key=key, name=name)
        if said.kind == "missing":
            raise AttributeError(said.text)
        return self._or_wrong(lambda: self._result(said, shared))

    def slopes(self, key: int, slope: Tensor) -> dict[str, Tensor | None]:
        """Of a result with regard to the arguments that it grew from. Raises RuntimeError where there are none."""
        said = self._or_wrong(lambda: read_said(self._ask(self._question(what="slopes", key=key, slope=packed(slope)))))
        if said.kind == "failed":
            raise RuntimeError(said.text)
        found: dict[str, Tensor | None] = self.value(said.value)
        return found

    def _answered(self, shared: Shared, **question: Any) -> Said:
        self._number += 1
        number = self._number
        said = self._or_wrong(lambda: read_said(self._ask(self._question(number=number, **question))))
        self._shared[number] = shared
        self._or_wrong(lambda: self._put(said))
        return said

    def _put(self, said: Said) -> None:
        for number, part, state in said.changed:
            if number == OF_MODULE and isinstance(self._kept.get(part), nn.Module):
                self._put_module(part, state)
            elif number in self._shared:
                self._shared[number].put(part, state, self._leaves)
            else:
                raise NotPlain("a change of what was not passed")

    def _put_module(self, key: int, state: bytes) -> None:
        self._same[key] = state
        try:
            put_module_state(self._kept[key], unpacked(state))
        except (ValueError, TypeError, KeyError, RuntimeError, AttributeError) as error:
            raise NotPlain(f"a state that its network cannot have: {type(error).__name__}") from None

    def _result(self, said: Said, shared: Shared) -> Any:
        leaves = shared.leaves()

        def grown(key: int, content: bytes) -> Tensor:
            value: Tensor = unpacked(content)
            return _grown(self, key, value, leaves) if leaves else value

        self._has_kept = False
        value = unpacked(said.value, {**self._leaves, "part": shared.part, "grown": grown})
        if not self._has_kept:
            del self._shared[self._number]
        return value

    def _question(self, **fields: Any) -> bytes:
        """The question as bytes; what the random generators are set to goes along once, so that the answer goes on."""
        states = random_states()
        changed, self._states = (b"" if states == self._states else states), states
        asked = Asked(states=changed, gradients=torch.is_grad_enabled(), **fields)
        try:
            return pickled(asked, self._reference)
        except WrongAnswer:
            raise
        except Exception as error:  # noqa: BLE001 - pickling raises whatever the object's own methods raise
            raise ExerciseError(
                f"check of exercise {self._exercise}",
                expected="arguments that can be sent to another process",
                got=f"{type(error).__name__}: {error}",
                fix="Pass an object of a class of the lesson instead.",
            ) from None

    def _reference(self, value: object) -> object | None:
        if not self._is_elsewhere(value):
            return None
        key = self._keys[id(value)]
        state = packed(module_state(value)) if isinstance(value, nn.Module) else b""
        is_same, self._same[key] = self._same.get(key) == state, state
        return key, b"" if is_same else state

    def __deepcopy__(self, memo: object) -> Any:
        raise ExerciseError(
            f"check of exercise {self._exercise}",
            expected="that it leaves networks of the answer where they are",
            got="a copy of one",
            fix="Copy the tensors that the check needs.",
        )

    def _is_elsewhere(self, value: object) -> bool:
        return id(value) in self._keys

    def _keep(self, key: int, value: Any) -> Any:
        if type(key) is not int:
            raise NotPlain("a key that is no number")
        self._kept[key] = value
        self._keys[id(value)] = key
        return value

    def _object(self, key: int, about: Mapping[str, Any]) -> Any:
        self._has_kept = True
        return self._kept[key] if key in self._kept else self._keep(key, remote_object(self, key, about))

    def _class(self, key: int, about: Mapping[str, Any]) -> Any:
        self._has_kept = True
        return self._kept[key] if key in self._kept else self._keep(key, remote_class(self, key, about))

    def _module(self, key: int, parts: Mapping[int, Any], state: bytes) -> nn.Module:
        self._has_kept = True
        tensors: dict[int, Tensor] = {}
        for part in parts.values():
            for name, each in (*part["parameters"].items(), *part["buffers"].items()):
                if each is not None:
                    tensors[each] = self._part(each, nn.Parameter if name in part["parameters"] else Tensor)
        made: dict[int, nn.Module] = {
            each: self._part(each, remote_module_class(about)) for each, about in parts.items()
        }
        for each, about in parts.items():
            with_parts(made[each], self, each, about, tensors, made.__getitem__)
        self._put_module(key, state)
        return made[key]

    def _part(self, key: int, kind: type) -> Any:
        """A module or a parameter: the same object whenever it comes."""
        known = self._kept.get(key)
        if known is not None and type(known).__name__ == kind.__name__:
            return known
        if issubclass(kind, nn.Module):
            made = kind.__new__(kind)
            nn.Module.__init__(made)
            return self._keep(key, made)
        empty = torch.empty(0)
        return self._keep(key, nn.Parameter(empty) if kind is nn.Parameter else empty)

    def _or_wrong(self, make: Callable[[], T]) -> T:
        try:
            return make()
        except NotPlain as error:
            raise WrongAnswer(f"your {self._name} returned {error}.") from None


def _grown(desk: _Desk, key: int, value: Tensor, leaves: dict[str, Tensor]) -> Tensor:
    result: Tensor = _Grown.apply(desk, key, [value], list(leaves), *leaves.values())  # type: ignore[no-untyped-call]
    return result


class _Grown(torch.autograd.Function):
    """A result that was computed elsewhere: its slopes are asked for there."""

    @staticmethod
    def forward(context: Any, desk: _Desk, key: int, held: list[Tensor], names: list[str], *leaves: Tensor) -> Tensor:
        """The result; the leaves are what it grew from."""
        del leaves
        context.desk, context.key, context.names = desk, key, names
        return held[0].detach()

    @staticmethod
    @once_differentiable
    def backward(context: Any, slope: Tensor) -> tuple[Any, ...]:
        """Its slopes with regard to the leaves."""
        found = context.desk.slopes(context.key, slope)
        return (None, None, None, None, *(found.get(name) for name in context.names))
