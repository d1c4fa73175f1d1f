"""Modules of torch's that have kernels, as layers: what each says of itself, and why some cannot be trained so."""

from collections.abc import Callable

from torch import nn

from looplab.models.activations import activations_of
from looplab.replicas.layers import ActivationLayer, Add, BatchNorm, Dropout, Layer, LayerNorm, Linear
from looplab.replicas.reductions import OverPositions
from looplab.replicas.tracing import Step

__all__ = ["NotFusedError", "is_leaf", "layer_of"]


class NotFusedError(Exception):
    """Carries the reason why a model cannot be described."""


def is_leaf(module: nn.Module) -> bool:
    """Whether a module is one of those that are known as they are."""
    return type(module) in (*_LEAVES, nn.BatchNorm1d, *_OF_VECTORS) or bool(activations_of(type(module)))


def layer_of(step: Step) -> Layer | None:
    """The layer that a step is; None where it leaves everything as it is.

    Raises:
        NotFusedError: one with a setting that kernels do not know.
    """
    if step.module is None:
        return Add()
    kind = type(step.module)
    if kind is nn.BatchNorm1d:
        return _batch_norm(step.module, step.name)
    return _LEAVES[kind](step.module) if kind in _LEAVES else _activation(step.module)


def _linear(module: nn.Module) -> Layer:
    assert isinstance(module, nn.Linear)
    if set(module._parameters) != {"weight", "bias"} or module._parameters["weight"] is None:
        raise NotFusedError("a linear layer has other parameters than weight and bias")
    expected = [(module.out_features, module.in_features), (module.out_features,)]
    shapes = [tuple(parameter.shape) for parameter in (module.weight, module.bias) if parameter is not None]
    if shapes != expected[: len(shapes)]:
        raise NotFusedError("a linear layer has parameters of other shapes than its numbers of inputs and outputs")
    return Linear(module.in_features, module.out_features, module.bias is not None)


def _dropout(module: nn.Module) -> Layer | None:
    assert isinstance(module, nn.Dropout)
    if not 0 <= module.p <= 1:
        raise NotFusedError(f"a dropout has the probability {module.p}")
    return Dropout(float(module.p)) if module.p > 0 else None


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
            raise NotFusedError(f"a {kind} has the {variant.word} {value!r}")
    raise NotFusedError(f"a {kind} has a setting that is no number")


def _identity(_: nn.Module) -> None: ...


def _layer_norm(module: nn.Module) -> Layer:
    assert isinstance(module, nn.LayerNorm)
    if len(module.normalized_shape) != 1:
        raise NotFusedError("a layer norm is over several axes")
    width, weight, bias = module.normalized_shape[0], module.weight is not None, module.bias is not None
    _check_norm(module, width, (weight, bias), module.eps)
    return LayerNorm(width, float(module.eps), weight, bias)


def _batch_norm(module: nn.Module, name: str) -> Layer:
    assert isinstance(module, nn.BatchNorm1d)
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    if not module.track_running_stats or any(module._buffers.get(buffer) is None for buffer in buffers):
        raise NotFusedError("a batch norm keeps no running statistics")
    momentum = -1.0 if module.momentum is None else module.momentum
    if not isinstance(momentum, float) or not (module.momentum is None or 0 <= momentum <= 1):
        raise NotFusedError(f"a batch norm has the momentum {momentum}")
    _check_norm(module, module.num_features, (module.affine, module.affine), module.eps)
    return BatchNorm(module.num_features, float(module.eps), momentum, module.affine, name)


def _check_norm(module: nn.Module, width: int, has: tuple[bool, bool], eps: float) -> None:
    names = [name for name, there in zip(("weight", "bias"), has, strict=True) if there]
    own = {name: parameter.shape for name, parameter in module._parameters.items() if parameter is not None}
    if list(own) != names or any(tuple(shape) != (width,) for shape in own.values()):
        raise NotFusedError("a norm has other parameters than a weight and a bias for each unit")
    if not _LEAST_EPS <= eps < float("inf"):
        raise NotFusedError(f"a norm has the eps {eps}")


_LEAST_EPS = 1e-20
"""Below, rows that only fill up a vector could become infinite."""

_LEAVES: dict[type[nn.Module], Callable[[nn.Module], Layer | None]] = {
    nn.Linear: _linear,
    nn.Dropout: _dropout,
    nn.Identity: _identity,
    nn.LayerNorm: _layer_norm,
}

_OF_VECTORS = (nn.Embedding, nn.EmbeddingBag, nn.Flatten, OverPositions)
"""What makes vectors of categories, or one list of numbers of vectors: see `looplab.replicas.vectors`."""
