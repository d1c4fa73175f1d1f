"""Activations: one file each in this folder; nothing else names them."""

from torch import nn

from looplab.errors import require_choice
from looplab.models.activations.entry import Activation, Variant
from looplab.registry import Registry

__all__ = ["ACTIVATIONS", "Activation", "Variant", "activation", "activations_of"]

ACTIVATIONS: Registry[Activation] = Registry("activation", Activation)
"""The activations by name."""

ACTIVATIONS.register_folder(__name__, __path__)


def activation(name: str) -> Activation:
    """The activation of this name.

    Raises:
        ChoiceError: an unknown name; lists the known ones.

    >>> import torch
    >>> activation("relu").derivative(torch.tensor([-1.0, 2.0])).tolist()
    [0.0, 1.0]
    """
    require_choice("activation", name, ACTIVATIONS)
    return ACTIVATIONS[name]


def activations_of(module_class: type[nn.Module]) -> list[Activation]:
    """The activations that a class of modules can be; none for other modules."""
    return [entry for entry in ACTIVATIONS.values() if entry.module_class is module_class]
