"""All that a training step changes in a model and in its optimizer, taken out and put back."""

from collections.abc import Hashable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from looplab.errors import CheckpointError
from looplab.models.particulars import attributes, fingerprints

__all__ = ["ModelState"]


class ModelState:
    """A model as it was made, against which later states are taken and put back.

    Args:
        model: the model, before its first step.
    """

    def __init__(self, model: nn.Module) -> None:
        self._model = model
        self._before: dict[tuple[str, str], Hashable] = fingerprints(model)

    def taken(self) -> dict[str, Any]:
        """Parameters, buffers, modes, what is frozen, and plain attributes that changed since it was made."""
        now = fingerprints(self._model)
        changed = [
            (path, name, _keepable(value, f"{path}.{name}" if path else name))
            for path, _, name, value in attributes(self._model)
            if now.get((path, name)) != self._before.get((path, name))
        ]
        return {
            "parameters": dict(self._model.named_parameters()),
            "buffers": dict(self._model.named_buffers()),
            "training": {name: module.training for name, module in self._model.named_modules()},
            "learns": {name: parameter.requires_grad for name, parameter in self._model.named_parameters()},
            "attributes": changed,
            "removed": sorted(self._before.keys() - now.keys()),
        }

    def put_back(self, state: Mapping[str, Any]) -> None:
        """Make the model what it was when the state was taken.

        Raises:
            KeyError, RuntimeError: the state is another model's, or one with modules or parameters made in training.
        """
        parameters, modules = dict(self._model.named_parameters()), dict(self._model.named_modules())
        for mine, theirs in ((parameters, state["parameters"]), (modules, state["training"])):
            for name in mine.keys() ^ theirs.keys():
                raise KeyError(name)
        with torch.no_grad():
            for name, parameter in parameters.items():
                parameter.copy_(state["parameters"][name])
                parameter.requires_grad_(state["learns"][name])
        for name, value in state["buffers"].items():
            path, _, own = name.rpartition(".")
            _put(modules[path], own, value)
        for name in dict(self._model.named_buffers()).keys() - state["buffers"].keys():
            path, _, own = name.rpartition(".")
            setattr(modules[path], own, None)
        for name, module in modules.items():
            module.training = state["training"][name]
        for path, name, value in state["attributes"]:
            _put(modules[path], name, value)
        for path, name in state["removed"]:
            delattr(modules[path], name)


def _put(module: nn.Module, name: str, value: Any) -> None:
    """Give an attribute or buffer a value: into the tensor or generator that is there, which others may hold, if so."""
    now = getattr(module, name, None)
    if isinstance(now, torch.Generator):
        now.set_state(value["generator"])
    elif isinstance(now, Tensor) and isinstance(value, Tensor) and (now.shape, now.dtype) == (value.shape, value.dtype):
        with torch.no_grad():
            now.copy_(value)
    else:
        device = next(module.parameters(), torch.empty(0)).device
        setattr(module, name, value.to(device) if isinstance(value, Tensor) else value)


def _keepable(value: object, where: str) -> object:
    if isinstance(value, torch.Generator):
        return {"generator": value.get_state()}
    if isinstance(value, Tensor) and value.grad_fn is not None:
        raise CheckpointError(
            f"attribute {where} of the model",
            expected="one that a checkpoint can keep",
            got="a tensor with a gradient still to come",
            fix="Keep value.detach() instead.",
        )
    return value
