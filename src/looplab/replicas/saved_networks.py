"""Networks of linear layers, activations and dropout in a file: their layers say all, so no function need make them."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from torch import nn

from looplab.models.activations import activation
from looplab.replicas.layers import ActivationLayer, Dropout, Linear, Network
from looplab.replicas.network import describe_network

__all__ = ["PlainLayer", "described_layers", "layers_of", "model_of"]

PlainLayer = Linear | ActivationLayer | Dropout

_LAYERS: dict[str, type[PlainLayer]] = {"Linear": Linear, "Activation": ActivationLayer, "Dropout": Dropout}
_NAMES = {kind: name for name, kind in _LAYERS.items()}


def described_layers(model: nn.Module) -> list[dict[str, Any]] | None:
    """The layers of a model; None where these are not all, or where they would name their parameters otherwise."""
    network = describe_network(model)
    if isinstance(network, str) or not network.is_plain or network != Network(network.layers):
        return None
    layers = [layer for layer in network.layers if isinstance(layer, PlainLayer)]
    if list(_parameter_names(layers)) != [name for name, _ in model.named_parameters()]:
        return None
    return [{"layer": _NAMES[type(layer)], **asdict(layer)} for layer in layers]


def layers_of(described: Sequence[dict[str, Any]]) -> list[PlainLayer]:
    """The layers that were described so.

    Raises:
        KeyError: of a kind that there is not.
        TypeError: with other settings than such a layer has.
    """
    return [_LAYERS[layer["layer"]](**{k: v for k, v in layer.items() if k != "layer"}) for layer in described]


def model_of(layers: Sequence[PlainLayer]) -> nn.Module:
    """A new model of these layers."""
    modules = [_module(layer) for layer in layers]
    return modules[0] if len(modules) == 1 else nn.Sequential(*modules)


def _parameter_names(layers: Sequence[PlainLayer]) -> Iterator[str]:
    for place, layer in enumerate(layers):
        if isinstance(layer, Linear):
            prefix = f"{place}." if len(layers) > 1 else ""
            yield f"{prefix}weight"
            if layer.bias:
                yield f"{prefix}bias"


def _module(layer: PlainLayer) -> nn.Module:
    if isinstance(layer, Linear):
        return nn.Linear(layer.inputs, layer.outputs, bias=layer.bias)
    if isinstance(layer, Dropout):
        return nn.Dropout(layer.p)
    return activation(layer.name).module(*layer.numbers)
