"""What a check holds in its hands when the object itself is in another process: looks like it, asks for everything."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any, Protocol

from torch import Tensor, nn

from looplab.course.answers.asking import SPECIAL
from looplab.course.answers.plain import NotPlain, unpacked

__all__ = ["Ends", "Remote", "remote_class", "remote_module_class", "remote_object", "with_parts"]


class Ends(Protocol):
    """What a remote object is connected to."""

    def call(self, key: int, name: str, arguments: tuple[Any, ...], keywords: dict[str, Any]) -> Any:
        """What a method of the object returns."""

    def get(self, key: int, name: str) -> Any:
        """An attribute of the object."""


class Remote:
    """An object on the side of the answer. Its methods and attributes are those of the object."""

    _looplab_ends: Ends
    _looplab_key: int

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_looplab_") or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
        return self._looplab_ends.get(self._looplab_key, name)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class _RemoteClass(type):
    """The class of a class on the side of the answer."""

    _looplab_ends: Ends
    _looplab_key: int

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """An instance, on the side of the answer as well."""
        return cls._looplab_ends.call(cls._looplab_key, "__call__", arguments, keywords)


def remote_object(ends: Ends, key: int, about: Mapping[str, Any]) -> Remote:
    """An object of a new class that is called like the one on the other side, and has its special methods."""
    methods = {name: _special(name) for name in SPECIAL if name in about["methods"]}
    value: Remote = type(_text(about["class"]), (Remote,), {**methods, "__module__": _text(about["module"])})()
    vars(value).update(_looplab_ends=ends, _looplab_key=key, **_names(about))
    return value


def remote_class(ends: Ends, key: int, about: Mapping[str, Any]) -> type:
    """A class; of modules if it is one of modules."""
    base = _module_base(about["base"]) if about["base"] else object
    own = {"__module__": _text(about["module"]), "_looplab_ends": ends, "_looplab_key": key, **_names(about)}
    return _RemoteClass(_text(about["class"]), (base,), own)


def remote_module_class(about: Mapping[str, Any]) -> type[nn.Module]:
    """A class of torch's own, or one derived from it that is called like the learner's."""
    base = _module_base(about["base"])
    if about["exact"]:
        return base
    return type(
        _text(about["class"]), (base,), {"__module__": _text(about["module"]), "__getattr__": _module_attribute}
    )


def with_parts(
    module: nn.Module,
    ends: Ends,
    key: int,
    about: Mapping[str, Any],
    tensors: Mapping[int, Tensor],
    module_of: Callable[[int], nn.Module],
) -> None:
    """Give a new module, or one whose parts have changed, the parts that it has on the other side."""
    own = vars(module)
    own.update({name: value for name, value in unpacked(about["observed"]).items() if not name.startswith("_")})
    own.update(_looplab_ends=ends, _looplab_key=key)
    own["forward"] = lambda *arguments, **keywords: ends.call(key, "__call__", arguments, keywords)
    for own_name, kind, part in (
        ("_parameters", "parameters", tensors.__getitem__),
        ("_buffers", "buffers", tensors.__getitem__),
        ("_modules", "children", module_of),
    ):
        own[own_name] = {_text(name): None if each is None else part(each) for name, each in about[kind].items()}


def _special(name: str) -> Any:
    def method(self: Remote, *arguments: Any, **keywords: Any) -> Any:
        return self._looplab_ends.call(self._looplab_key, name, arguments, keywords)

    method.__name__ = method.__qualname__ = name
    return method


def _module_attribute(self: nn.Module, name: str) -> Any:
    try:
        return nn.Module.__getattr__(self, name)
    except AttributeError:
        if name.startswith("_"):
            raise
        ends: Ends = vars(self)["_looplab_ends"]
        return ends.get(vars(self)["_looplab_key"], name)


def _module_base(name: str) -> type[nn.Module]:
    base = getattr(nn, _text(name), None)
    if not isinstance(base, type) or not issubclass(base, nn.Module):
        raise NotPlain("a class of modules that there is not")
    return base


def _names(about: Mapping[str, Any]) -> dict[str, Any]:
    """The name and the parameters of a function or a class."""
    names: dict[str, Any] = {"__name__": _text(about["name"])} if about["name"] else {}
    if about["signature"] is not None:
        kinds = {int(kind): kind for kind in inspect._ParameterKind}
        names["__signature__"] = inspect.Signature(
            [inspect.Parameter(_text(name), kinds[kind]) for name, kind in about["signature"]]
        )
    return names


def _text(value: object) -> str:
    if type(value) is not str:
        raise NotPlain("a name that is no text")
    return value
