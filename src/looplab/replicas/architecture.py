"""Whether a model has the architecture of the first one: asked once a seed, so answered quickly."""

from collections.abc import Hashable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from torch import Tensor, nn
from torch.nn.utils import parametrize

__all__ = ["Architecture"]

_facts = attrgetter("shape", "dtype", "requires_grad")


class Architecture:
    """What models of one architecture have in common: modules with their plain settings, names and shapes of tensors.

    Args:
        model: the first of them.
    """

    def __init__(self, model: nn.Module) -> None:
        self._signature = _signature(model)
        self._parts = [_Part.of(module) for module in _tree(model)]
        walked = _walk(model, self._parts) if self._parts else None
        self._likeness = None if walked is None else walked[0]

    def tensors(self, model: nn.Module) -> list[Tensor] | None:
        """The model's parameters, then its buffers, each in torch's order; None if its architecture is another."""
        walked = _walk(model, self._parts)
        if walked is not None and walked[0] == self._likeness:
            return walked[1]
        if _signature(model) != self._signature:
            return None
        return [*model.parameters(), *model.buffers()]


def _signature(model: nn.Module) -> Hashable:
    """Equal for two models if and only if their architecture is one."""
    modules = tuple(
        (name, _kind(module), tuple((key, value) for key, value in vars(module).items() if _is_setting(key, value)))
        for name, module in model.named_modules()
    )
    parameters = tuple((name, p.shape, p.dtype, p.requires_grad) for name, p in model.named_parameters())
    return modules, parameters, tuple((name, b.shape, b.dtype) for name, b in model.named_buffers())


def _kind(module: nn.Module) -> type:
    """The class of a module; without what torch adds to it, a new class each time, where a parameter is computed."""
    return type(module).__mro__[1] if parametrize.is_parametrized(module) else type(module)


def _is_setting(name: str, value: object) -> bool:
    return _is_public(name) and isinstance(value, int | float | str)


def _is_public(name: str) -> bool:
    return name[0] != "_" and name != "training"


# The same more cheaply: models that are found alike below have equal signatures. Others may have, too.


@dataclass(frozen=True)
class _Part:
    """What one module must be like.

    Attributes:
        kind: its class.
        names: of its attributes, parameters, buffers and children, in order, with None between the four.
        settings: which of its attributes are settings.
        others: which would be, if they were numbers or text.
    """

    kind: type[nn.Module]
    names: list[str | None]
    settings: list[str]
    others: list[str]

    @classmethod
    def of(cls, module: nn.Module) -> "_Part":
        """The part that a module of the first model is."""
        attributes = vars(module)
        return cls(
            kind=type(module),
            names=[*attributes, None, *module._parameters, None, *module._buffers, None, *module._modules],
            settings=[name for name, value in attributes.items() if _is_setting(name, value)],
            others=[name for name, value in attributes.items() if _is_public(name) and not _is_setting(name, value)],
        )


def _tree(model: nn.Module) -> list[nn.Module]:
    """All modules, each before its children; none unless each module and each tensor has just one place among them."""
    modules = list(model.modules())
    places = sum(len(module._modules) for module in modules)
    parameters = [each for module in modules for each in module._parameters.values() if each is not None]
    buffers = [each for module in modules for each in module._buffers.values() if each is not None]
    known = [*map(id, model.parameters())], [*map(id, model.buffers())]
    whole = places == len(modules) - 1 and ([*map(id, parameters)], [*map(id, buffers)]) == known
    return modules if whole else []


def _walk(model: nn.Module, parts: list[_Part]) -> tuple[tuple[Any, ...], list[Tensor]] | None:
    """What must be equal besides the parts, and the model's parameters and buffers; None where a part differs."""
    waiting: list[Any] = [model]
    modules: list[Any] = []
    settings: list[Any] = []
    others: list[Any] = []
    parameters: list[Any] = []
    buffers: list[Any] = []
    for part in parts:
        module = waiting.pop()
        if type(module) is not part.kind:
            return None
        attributes = module.__dict__
        own, kept, children = attributes["_parameters"], attributes["_buffers"], attributes["_modules"]
        if [*attributes, None, *own, None, *kept, None, *children] != part.names:
            return None
        if part.settings:
            settings += map(attributes.__getitem__, part.settings)
        if part.others:
            others += map(attributes.__getitem__, part.others)
        if own:
            parameters += own.values()
        if kept:
            buffers += kept.values()
        if children:
            waiting += reversed(children.values())
        modules.append(module)
    types = list(map(type, settings + others + parameters + buffers))  # of one type: settings in both, or in neither
    tensors = [tensor for tensor in parameters + buffers if tensor is not None]
    different = len(set(map(id, modules + tensors)))  # fewer where something is shared
    return (types, settings, list(map(_facts, tensors)), different), tensors
