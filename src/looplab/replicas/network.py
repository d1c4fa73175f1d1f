"""A model as a list of layers: what the fused backend can train, and why it cannot train the rest."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import nn

from looplab.models.activations import activations_of
from looplab.models.particulars import has_hooks, tensor_has_hooks

__all__ = ["ActivationLayer", "Dropout", "Layer", "Linear", "Network", "describe_network"]


@dataclass(frozen=True)
class Linear:
    """A layer X @ Wᵀ + b with W of outputs×inputs, as `nn.Linear` stores it."""

    inputs: int
    outputs: int
    bias: bool

    @property
    def parameter_count(self) -> int:
        """Number of weights and biases."""
        return self.outputs * (self.inputs + self.bias)


@dataclass(frozen=True)
class ActivationLayer:
    """An activation by its name in `looplab.models.ACTIVATIONS`, with its settings, up to two numbers."""

    name: str
    numbers: tuple[float, ...] = ()


@dataclass(frozen=True)
class Dropout:
    """Each value becomes 0 with probability p, else value / (1 - p), in training only."""

    p: float


Layer = Linear | ActivationLayer | Dropout


@dataclass(frozen=True)
class Network:
    """Layers in the order in which they are applied.

    >>> network = describe_network(nn.Sequential(nn.Linear(2, 8), nn.ReLU(), nn.Linear(8, 1)))
    >>> network.inputs, network.outputs, network.parameter_count
    (2, 1, 33)
    """

    layers: tuple[Layer, ...]
    inputs: int = field(init=False)
    outputs: int = field(init=False)
    parameter_count: int = field(init=False)

    def __post_init__(self) -> None:
        linear = [layer for layer in self.layers if isinstance(layer, Linear)]
        object.__setattr__(self, "inputs", linear[0].inputs)
        object.__setattr__(self, "outputs", linear[-1].outputs)
        object.__setattr__(self, "parameter_count", sum(layer.parameter_count for layer in linear))


class _NotFusedError(Exception):
    """Carries the reason why a model cannot be described."""


def describe_network(model: nn.Module) -> Network | str:
    """The model as a `Network`, or the reason, in words, why the fused backend cannot train it.

    It can train `nn.Linear` and (nested) `nn.Sequential` of `nn.Linear`, the activations of `looplab.models`,
    `nn.Dropout` and `nn.Identity`, with trainable float32 parameters on the CPU, each used once, and without hooks.

    >>> describe_network(nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8)))
    'layer 1 is a BatchNorm1d'
    """
    try:
        layers = tuple(_layers(model, ""))
        _check_parameters(model)
        _check_widths(layers)
        _check_in_place(model)
    except _NotFusedError as reason:
        return str(reason)
    return Network(layers)


def _layers(module: nn.Module, name: str) -> Iterator[Layer]:
    place = f"layer {name}" if name else "the model"
    if type(module) is not nn.Sequential and not _is_leaf(module):
        raise _NotFusedError(f"{place} is a {type(module).__name__}")
    _check_module(module, place)
    if type(module) is nn.Sequential:
        for key, child in module._modules.items():  # named_children leaves out a module that comes twice
            assert child is not None
            yield from _layers(child, f"{name}.{key}" if name else key)
    elif type(module) in _LEAVES:
        yield from _LEAVES[type(module)](module)
    else:
        yield _activation(module)


def _is_leaf(module: nn.Module) -> bool:
    return type(module) in _LEAVES or bool(activations_of(type(module)))


def _check_module(module: nn.Module, place: str) -> None:
    if has_hooks(module):
        raise _NotFusedError(f"{place} has hooks")
    if "forward" in vars(module):
        raise _NotFusedError(f"{place} has a forward of its own")
    if not module.training:
        raise _NotFusedError(f"{place} is not in training mode")


def _check_parameters(model: nn.Module) -> None:
    seen: set[int] = set()
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if id(parameter) in seen:
            raise _NotFusedError(f"parameter {name} is shared")
        seen.add(id(parameter))
        if not parameter.requires_grad:
            raise _NotFusedError(f"parameter {name} is frozen")
        if parameter.dtype != torch.float32:
            raise _NotFusedError(f"parameter {name} is {str(parameter.dtype).removeprefix('torch.')}, not float32")
        if parameter.device.type != "cpu":
            raise _NotFusedError(f"parameter {name} is on {parameter.device}")
        if tensor_has_hooks(parameter):
            raise _NotFusedError(f"parameter {name} has hooks")
        if type(parameter) is not nn.Parameter:
            raise _NotFusedError(f"parameter {name} is a {type(parameter).__name__}")
    if not seen:
        raise _NotFusedError("the model has no parameters")


def _check_widths(layers: tuple[Layer, ...]) -> None:
    linear = [layer for layer in layers if isinstance(layer, Linear)]
    for first, second in pairwise(linear):
        if first.outputs != second.inputs:
            raise _NotFusedError(f"a layer with {first.outputs} outputs is followed by one with {second.inputs} inputs")
    if any(layer.inputs == 0 or layer.outputs == 0 for layer in linear):
        raise _NotFusedError("a layer has no inputs or no outputs")


def _check_in_place(model: nn.Module) -> None:
    """What works in place after another layer than a linear one may overwrite what autograd needs: torch decides."""
    layers = [module for module in model.modules() if _is_leaf(module) and not isinstance(module, nn.Identity)]
    for first, second in pairwise(layers):
        if getattr(second, "inplace", False) and not isinstance(first, nn.Linear):
            raise _NotFusedError(f"a {type(second).__name__} works in place on what a {type(first).__name__} gives")


def _linear(module: nn.Module) -> Iterator[Layer]:
    assert isinstance(module, nn.Linear)
    if set(module._parameters) != {"weight", "bias"} or module._parameters["weight"] is None:
        raise _NotFusedError("a linear layer has other parameters than weight and bias")
    expected = [(module.out_features, module.in_features), (module.out_features,)]
    shapes = [tuple(parameter.shape) for parameter in (module.weight, module.bias) if parameter is not None]
    if shapes != expected[: len(shapes)]:
        raise _NotFusedError("a linear layer has parameters of other shapes than its numbers of inputs and outputs")
    yield Linear(module.in_features, module.out_features, module.bias is not None)


def _dropout(module: nn.Module) -> Iterator[Layer]:
    assert isinstance(module, nn.Dropout)
    if not 0 <= module.p <= 1:
        raise _NotFusedError(f"a dropout has the probability {module.p}")
    if module.p > 0:
        yield Dropout(float(module.p))


def _activation(module: nn.Module) -> ActivationLayer:
    possible = activations_of(type(module))
    for entry in possible:
        numbers = entry.numbers_of(module)
        if numbers is not None:
            return ActivationLayer(entry.name, numbers)
    kind, variants = type(module).__name__, [entry.variant for entry in possible if entry.variant is not None]
    for variant in variants:
        value = getattr(module, variant.attribute)
        if all(value != other.value for other in variants):
            raise _NotFusedError(f"a {kind} has the {variant.word} {value!r}")
    raise _NotFusedError(f"a {kind} has a setting that is no number")


def _identity(module: nn.Module) -> Iterator[Layer]:
    yield from ()


_LEAVES: dict[type[nn.Module], Callable[[nn.Module], Iterator[Layer]]] = {
    nn.Linear: _linear,
    nn.Dropout: _dropout,
    nn.Identity: _identity,
}
