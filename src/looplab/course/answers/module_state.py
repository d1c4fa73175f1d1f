"""What a module, or another object with attributes, holds: as data that can be put into its twin in another process."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from looplab.course.answers.plain import NotPlain, packed

__all__ = ["module_state", "observed", "put_module_state", "put_observed"]

_SCALARS = (bool, int, float, complex, str, type(None))
_OF_EVERY_MODULE = frozenset(vars(nn.Module()))


def module_state(module: nn.Module) -> dict[str, Any]:
    """Parameters with their gradients, buffers, whether it is being trained, and plain attributes, by their paths."""
    return {
        "parameters": {
            name: [each.detach(), each.requires_grad, None if each.grad is None else each.grad.detach()]
            for name, each in module.named_parameters(remove_duplicate=False)
        },
        "buffers": {name: each.detach() for name, each in module.named_buffers(remove_duplicate=False)},
        "training": {path: each.training for path, each in module.named_modules()},
        "observed": {path: observed(each) for path, each in module.named_modules()},
    }


def put_module_state(module: nn.Module, state: Mapping[str, Any]) -> None:
    """Put a state into a module, as far as it has the parts; raises TypeError and the like where they do not fit."""
    parameters = dict(module.named_parameters(remove_duplicate=False))
    with torch.no_grad():
        for name, (value, requires_grad, slope) in state["parameters"].items():
            if name in parameters:
                parameters[name].requires_grad_(False).data = value.detach()  # which may be of another dtype
                parameters[name].requires_grad_(bool(requires_grad))
                parameters[name].grad = slope
        for name, buffer in module.named_buffers(remove_duplicate=False):
            if name in state["buffers"]:
                buffer.data = state["buffers"][name]
    for path, each in module.named_modules():
        each.training = bool(state["training"].get(path, each.training))
        put_observed(each, state["observed"].get(path, {}))


def observed(value: object) -> dict[str, Any]:
    """The attributes of an object that are numbers, text or containers of these; what a check may have it note."""
    own = getattr(value, "__dict__", {})
    return {
        name: content
        for name, content in own.items()
        if name.isidentifier() and not name.startswith("_") and name not in _OF_EVERY_MODULE and _is_plain(content)
    }


def put_observed(value: object, attributes: Mapping[str, Any]) -> None:
    """Set those attributes that the object has already."""
    mine = observed(value)
    for name in mine.keys() & attributes.keys():
        vars(value)[name] = attributes[name]


def _is_plain(content: object) -> bool:
    if type(content) in _SCALARS:
        return True
    if type(content) not in (list, tuple, set, frozenset, dict):
        return False
    try:
        packed(content, _scalars_only)
    except NotPlain:
        return False
    return True


def _scalars_only(value: object, leaf: object) -> Any:
    raise NotPlain(f"an object of the class {type(value).__name__}")
