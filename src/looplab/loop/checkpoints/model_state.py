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
        return {
            "parameters": dict(self._model.named_parameters()),
            "buffers": dict(self._model.named_buffers()),
            "training": {name: module.training for name, module in self._model.named_modules()},
            "learns": {name: parameter.requires_grad for name, parameter in self._model.named_parameters()},
            "attributes": self._changed_attributes(),
        }

    def put_back(self, state: Mapping[str, Any]) -> None:
        """Make the model what it was when the state was taken.

        Raises:
            KeyError, RuntimeError: the state is another model's.
        """
        with torch.no_grad():
            for name, parameter in self._model.named_parameters():
                parameter.copy_(state["parameters"][name])
                parameter.requires_grad_(state["learns"][name])
        modules = dict(self._model.named_modules())
        for name, buffer in list(self._model.named_buffers()):
            path, _, own = name.rpartition(".")
            _put(modules[path], own, buffer, state["buffers"][name])
        for name, module in modules.items():
            module.training = state["training"][name]
        for path, name, value in state["attributes"]:
            now = getattr(modules[path], name, None)
            if isinstance(now, torch.Generator):
                now.set_state(value["generator"])
            else:
                _put(modules[path], name, now, value)

    def _changed_attributes(self) -> list[tuple[str, str, object]]:
        after = fingerprints(self._model)
        known = [type(None), *map(type, self._model.modules())]
        return [
            (path, name, _keepable(value, f"{path}.{name}" if path else name, tuple(known)))
            for path, _, name, value in attributes(self._model)
            if after.get((path, name)) != self._before.get((path, name))
        ]


def _put(module: nn.Module, name: str, now: object, value: object) -> None:
    """Give an attribute or buffer a value: into the tensor that is there, since others may hold it, if it fits."""
    if isinstance(now, Tensor) and isinstance(value, Tensor) and now.shape == value.shape and now.dtype == value.dtype:
        with torch.no_grad():
            now.copy_(value)
    else:
        device = now.device if isinstance(now, Tensor) else None
        setattr(module, name, value.to(device) if isinstance(value, Tensor) else value)


def _keepable(value: object, where: str, modules: tuple[type, ...]) -> object:
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
