"""What a model has besides parameters and buffers: hooks, and attributes of its modules that are plain Python.

Replicas that train together share one set of these, so a backend that stacks them must know that they are alike.
"""

import functools
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook

__all__ = [
    "Particulars",
    "attributes",
    "fingerprint",
    "fingerprints",
    "has_hooks",
    "hooks_in",
    "is_plain",
    "registered_in",
    "tensor_has_hooks",
]

_OWN = frozenset(vars(nn.Module()))
"""What every module keeps: parameters, buffers, children, hooks, its mode."""
_MODULE_HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")
_TENSOR_HOOKS = ("_backward_hooks", "_post_accumulate_grad_hooks")
_DEEPEST = 8
_ATOMS = (bool, int, float, complex, str, bytes, type(None), torch.dtype, torch.device, torch.layout)
_NAMED = (type, ModuleType, BuiltinFunctionType)


def is_plain(attribute: str) -> bool:
    """Whether an attribute of a module by this name is not one that every module has."""
    return attribute not in _OWN


def attributes(model: nn.Module) -> Iterator[tuple[str, nn.Module, str, Any]]:
    """The plain attributes of all modules: the module's path, the module, the attribute's name, its value."""
    for path, module in model.named_modules():
        for name, value in list(vars(module).items()):
            if is_plain(name):
                yield path, module, name, value


def fingerprints(model: nn.Module) -> dict[tuple[str, str], Hashable]:
    """What each plain attribute of a model is like, by the module's path and the attribute's name."""
    known = registered_in(model)
    return {(path, name): fingerprint(value, known) for path, _, name, value in attributes(model)}


def registered_in(model: nn.Module) -> frozenset[int]:
    """The ids of the modules, parameters and buffers that torch knows to be the model's."""
    return frozenset(map(id, [*model.modules(), *model.parameters(), *model.buffers()]))


def hooks_in(model: nn.Module) -> str | None:
    """Where a model has hooks, in words; None if it has none."""
    for path, module in model.named_modules():
        if has_hooks(module):
            return f"layer {path} has hooks" if path else "the model has hooks"
    for name, parameter in model.named_parameters():
        if tensor_has_hooks(parameter):
            return f"parameter {name} has hooks"
    return None


def has_hooks(module: nn.Module) -> bool:
    """Whether torch calls hooks when it calls a module: the module's own, or those for all modules."""
    return _has_any_global_hook() or any(vars(module).get(hooks) for hooks in _MODULE_HOOKS)


def tensor_has_hooks(tensor: Tensor) -> bool:
    """Whether a gradient meets hooks on its way to a tensor."""
    return any(getattr(tensor, hooks, None) for hooks in _TENSOR_HOOKS)


def fingerprint(value: object, registered: frozenset[int] = frozenset(), depth: int = 0) -> Hashable:
    """Equal for two values that do the same. What nothing is known of equals itself alone.

    Args:
        value: anything.
        registered: ids of what belongs to the model anyway; of these only the class counts.
        depth: how deep within other values this one lies.
    """
    kind = type(value)
    if id(value) in registered:
        return str(kind)
    if isinstance(value, _ATOMS):
        return kind, repr(value)
    if isinstance(value, Tensor):
        return kind, _tensor(value)
    if isinstance(value, np.ndarray) and value.dtype != object:
        return kind, str(value.dtype), value.shape, value.tobytes()
    if isinstance(value, CodeType):
        return value
    if isinstance(value, _NAMED) or depth > _DEEPEST:
        return _Same(value)
    deeper = functools.partial(fingerprint, registered=registered, depth=depth + 1)
    parts = _parts(value)
    return _pickled(value) if parts is None else (kind, *map(deeper, parts))


def _parts(value: object) -> list[object] | None:
    """What a value consists of; None where that is not known."""
    if isinstance(value, FunctionType):
        cells = [cell.cell_contents for cell in value.__closure__ or () if _is_filled(cell)]
        return [value.__code__, value.__defaults__, value.__kwdefaults__, *cells]
    if isinstance(value, MethodType):
        return [value.__func__, value.__self__]
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, nn.Module):
        plain = [(type(each), {k: v for k, v in vars(each).items() if is_plain(k)}) for each in value.modules()]
        return [value.state_dict(), plain]
    if isinstance(value, torch.Generator):
        return [value.get_state()]
    if isinstance(value, Mapping):
        return [each for item in value.items() for each in item]
    if isinstance(value, Set):
        return sorted(value, key=repr)
    if isinstance(value, Sequence):
        return list(value)
    return None


class _Same:
    """Equal to what holds the same object alone; keeps it, so that no other can take its place."""

    def __init__(self, value: object) -> None:
        self._value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self._value is other._value

    def __hash__(self) -> int:
        return id(self._value)


def _tensor(tensor: Tensor) -> Hashable:
    if tensor.layout != torch.strided or tensor.device.type == "meta" or tensor.is_quantized:
        return _Same(tensor)
    flat = tensor.detach().resolve_conj().resolve_neg().cpu().contiguous().reshape(-1)
    return tensor.dtype, tuple(tensor.shape), tensor.requires_grad, flat.view(torch.uint8).numpy().tobytes()


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        return False


def _pickled(value: object) -> Hashable:
    import cloudpickle  # here, since most attributes are plain

    try:
        return type(value), cloudpickle.dumps(value)
    except Exception:  # noqa: BLE001  # an object of the user's, which may raise anything
        return _Same(value)


class Particulars:
    """What must be the same in the models of all seeds for one set of it to serve them all.

    Args:
        model: that of the first seed, as it was made.
    """

    def __init__(self, model: nn.Module) -> None:
        self._known = fingerprints(model)
        self._quick = _walk(model)

    def difference(self, model: nn.Module) -> str | None:
        """What sets another model apart from the first, as a clause; None if nothing does."""
        quick = _walk(model)
        if quick is not None and self._quick is not None and _plainly_equal(quick, self._quick):
            return None
        hooks = hooks_in(model)
        if hooks is not None:
            return hooks
        theirs = fingerprints(model)
        for path, name in sorted(self._known.keys() | theirs.keys()):
            if self._known.get((path, name)) != theirs.get((path, name)):
                return f"the attribute {f'{path}.{name}' if path else name} differs between seeds"
        return None


_Walked = tuple[list[str], list[Any]]
_SIMPLE = (bool, int, float, str, type(None), FunctionType, BuiltinFunctionType)


def _walk(model: nn.Module) -> _Walked | None:
    """Names and values of all plain attributes, in order; None where there are hooks. Asked once a seed, so quick."""
    names: list[str] = []
    values: list[Any] = []
    waiting = [model]
    while waiting:
        state = waiting.pop().__dict__
        if any(map(state.__getitem__, _MODULE_HOOKS)):
            return None
        for parameter in state["_parameters"].values():
            if parameter is not None and (parameter._backward_hooks or parameter._post_accumulate_grad_hooks):
                return None
        if len(state) > len(_OWN):
            for name, value in state.items():
                if name not in _OWN:
                    names.append(name)
                    values.append(value)
        names.append("")  # where a module ends
        waiting += filter(None, state["_modules"].values())
    return names, values


def _plainly_equal(first: _Walked, second: _Walked) -> bool:
    return first[0] == second[0] and all(
        type(one) in _SIMPLE and type(one) is type(other) and one == other
        for one, other in zip(first[1], second[1], strict=True)
    )
