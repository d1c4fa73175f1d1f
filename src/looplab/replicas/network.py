"""A model as a list of layers: what the fused backend can train, and why it cannot train the rest."""

from collections import Counter
from collections.abc import Callable, Sequence

import torch
from torch import nn
from torch.nn.utils import parametrize

from looplab.models.activations import activations_of
from looplab.models.particulars import has_hooks, tensor_has_hooks
from looplab.replicas.layers import ActivationLayer, Add, BatchNorm, Dropout, Layer, LayerNorm, Linear, Network
from looplab.replicas.tracing import Step, UntraceableError, traced

__all__ = ["describe_network"]


class _NotFusedError(Exception):
    """Carries the reason why a model cannot be described."""


def describe_network(model: nn.Module) -> Network | str:
    """The model as a `Network`, or the reason, in words, why the fused backend cannot train it.

    It can train `nn.Linear`, the activations of `looplab.models`, `nn.Dropout`, `nn.LayerNorm`, `nn.BatchNorm1d` and
    `nn.Identity`, in (nested) `nn.Sequential` or in modules of one's own whose `forward` calls such layers, or torch's
    functions of these names, and adds up what they give. Parameters are trainable float32 ones on the CPU, each used
    once, without hooks.

    >>> describe_network(nn.Sequential(nn.Linear(2, 8), nn.PReLU()))
    'layer 1 is a PReLU'
    """
    try:
        own = _own_modules(model)
        _check_parameters(model)
        if own:
            try:
                steps = traced(model, _is_leaf)
            except UntraceableError as reason:
                raise _NotFusedError(f"{own[0]}, whose forward {reason}") from reason
        else:
            steps = [Step(leaf, name, (place - 1,)) for place, (name, leaf) in enumerate(_leaves(model, ""))]
        return _network(model, steps)
    except _NotFusedError as reason:
        return str(reason)


def _own_modules(module: nn.Module, name: str = "") -> list[str]:
    """Which modules are of the user's own classes, in words; each module is looked at."""
    place = f"layer {name}" if name else "the model"
    what = f"{place} is a {type(module).__name__}"
    is_own = not (_is_leaf(module) or type(module) in _CONTAINERS)
    if is_own and (type(module).__module__.startswith("torch.") or parametrize.is_parametrized(module)):
        raise _NotFusedError(what)
    if is_own and any(getattr(type(module), method) is not getattr(nn.Module, method) for method in _METHODS):
        raise _NotFusedError(f"{what}, which has methods of its own in place of a module's")
    _check_module(module, place)
    found = [what] if is_own or type(module) in _CONTAINERS[1:] else []
    if not _is_leaf(module):
        for key, child in module._modules.items():  # named_children leaves out a module that comes twice
            found += [] if child is None else _own_modules(child, f"{name}.{key}" if name else key)
    return found


def _leaves(module: nn.Module, name: str) -> list[tuple[str, nn.Module]]:
    """The layers within (nested) `nn.Sequential`, in order."""
    if _is_leaf(module):
        return [(name, module)]
    children = [(f"{name}.{key}" if name else key, child) for key, child in module._modules.items()]
    return [leaf for path, child in children if child is not None for leaf in _leaves(child, path)]


_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
_METHODS = ("__call__", "parameters", "named_parameters", "buffers", "named_buffers", "modules", "named_modules")


def _is_leaf(module: nn.Module) -> bool:
    return type(module) in (*_LEAVES, nn.BatchNorm1d) or bool(activations_of(type(module)))


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


def _network(model: nn.Module, steps: Sequence[Step]) -> Network:
    """The network of these steps; what is no layer, such as `nn.Identity`, is left out."""
    begin = _places(model)
    layers: list[Layer] = []
    sources: list[tuple[int, ...]] = []
    places: list[int] = []
    new = {-1: -1}
    for number, step in enumerate(steps):
        layer = _layer(step)
        if layer is None:
            new[number] = new[step.sources[0]]
            continue
        new[number] = len(layers)
        layers.append(layer)
        sources.append(tuple(new[source] for source in step.sources))
        known = begin.pop(step.name, None) if layer.parameter_count else 0
        if known is None:
            raise _NotFusedError(f"layer {step.name} is called twice")
        places.append(known)
    if begin:
        raise _NotFusedError(f"the outputs do not depend on the parameters of layer {next(iter(begin))}")
    if new[len(steps) - 1] != len(layers) - 1 or not any(isinstance(layer, Linear) for layer in layers):
        raise _NotFusedError("the model has no linear layer")
    _check_in_place(steps)
    _check_widths(layers, sources)
    return Network(tuple(layers), tuple(sources), tuple(places))


def _places(model: nn.Module) -> dict[str, int]:
    """Where the parameters of each module that has some begin among those of the model, by the module's path."""
    places: dict[str, int] = {}
    count = 0
    for name, parameter in model.named_parameters():
        places.setdefault(name.rpartition(".")[0], count)
        count += parameter.numel()
    return places


def _layer(step: Step) -> Layer | None:
    if step.module is None:
        return Add()
    kind = type(step.module)
    if kind is nn.BatchNorm1d:
        return _batch_norm(step.module, step.name)
    return _LEAVES[kind](step.module) if kind in _LEAVES else _activation(step.module)


def _check_widths(layers: Sequence[Layer], sources: Sequence[tuple[int, ...]]) -> None:
    first = next(layer for layer in layers if isinstance(layer, Linear | LayerNorm | BatchNorm))
    if any(layer.inputs == 0 or layer.outputs == 0 for layer in layers if isinstance(layer, Linear)):
        raise _NotFusedError("a layer has no inputs or no outputs")
    widths = {-1: first.inputs if isinstance(first, Linear) else first.width}
    for place, (layer, before) in enumerate(zip(layers, sources, strict=True)):
        width = widths[place] = widths[before[0]]
        if isinstance(layer, LayerNorm | BatchNorm) and layer.width != width:
            raise _NotFusedError(f"a layer with {width} outputs is followed by a norm of {layer.width}")
        if isinstance(layer, Linear):
            widths[place] = layer.outputs
            if layer.inputs != width:
                raise _NotFusedError(f"a layer with {width} outputs is followed by one with {layer.inputs} inputs")
        elif isinstance(layer, Add) and widths[before[1]] != width:
            raise _NotFusedError(f"layers with {width} and {widths[before[1]]} outputs are added")


_NOT_NEEDED_AGAIN = (nn.Linear, nn.LayerNorm, nn.BatchNorm1d, type(None))
"""What gives outputs that autograd does not need on the way back; None stands for a sum."""


def _check_in_place(steps: Sequence[Step]) -> None:
    """What works in place after other layers may overwrite what autograd needs: torch decides."""
    uses = Counter(source for step in steps for source in step.sources)
    for step in steps:
        source = step.sources[0]
        while source >= 0 and isinstance(steps[source].module, nn.Identity) and uses[source] == 1:
            source = steps[source].sources[0]
        before = steps[source].module if source >= 0 else None
        if getattr(step.module, "inplace", False) and source >= 0:
            what = f"a {type(step.module).__name__} works in place on what"
            if not isinstance(before, _NOT_NEEDED_AGAIN):
                raise _NotFusedError(f"{what} a {type(before).__name__} gives")
            if uses[source] > 1:
                raise _NotFusedError(f"{what} another layer is given, too")


def _linear(module: nn.Module) -> Layer:
    assert isinstance(module, nn.Linear)
    if set(module._parameters) != {"weight", "bias"} or module._parameters["weight"] is None:
        raise _NotFusedError("a linear layer has other parameters than weight and bias")
    expected = [(module.out_features, module.in_features), (module.out_features,)]
    shapes = [tuple(parameter.shape) for parameter in (module.weight, module.bias) if parameter is not None]
    if shapes != expected[: len(shapes)]:
        raise _NotFusedError("a linear layer has parameters of other shapes than its numbers of inputs and outputs")
    return Linear(module.in_features, module.out_features, module.bias is not None)


def _dropout(module: nn.Module) -> Layer | None:
    assert isinstance(module, nn.Dropout)
    if not 0 <= module.p <= 1:
        raise _NotFusedError(f"a dropout has the probability {module.p}")
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
            raise _NotFusedError(f"a {kind} has the {variant.word} {value!r}")
    raise _NotFusedError(f"a {kind} has a setting that is no number")


def _identity(_: nn.Module) -> None: ...


def _layer_norm(module: nn.Module) -> Layer:
    assert isinstance(module, nn.LayerNorm)
    if len(module.normalized_shape) != 1:
        raise _NotFusedError("a layer norm is over several axes")
    width, weight, bias = module.normalized_shape[0], module.weight is not None, module.bias is not None
    _check_norm(module, width, (weight, bias), module.eps)
    return LayerNorm(width, float(module.eps), weight, bias)


def _batch_norm(module: nn.Module, name: str) -> Layer:
    assert isinstance(module, nn.BatchNorm1d)
    buffers = ("running_mean", "running_var", "num_batches_tracked")
    if not module.track_running_stats or any(module._buffers.get(buffer) is None for buffer in buffers):
        raise _NotFusedError("a batch norm keeps no running statistics")
    if not isinstance(module.momentum, float) or not 0 <= module.momentum <= 1:
        raise _NotFusedError(f"a batch norm has the momentum {module.momentum}")
    _check_norm(module, module.num_features, (module.affine, module.affine), module.eps)
    if any(module._buffers[buffer].dtype != torch.float32 for buffer in buffers[:2]):  # type: ignore[union-attr]
        raise _NotFusedError("a batch norm has running statistics that are not float32")
    return BatchNorm(module.num_features, float(module.eps), module.momentum, module.affine, name)


def _check_norm(module: nn.Module, width: int, has: tuple[bool, bool], eps: float) -> None:
    names = [name for name, there in zip(("weight", "bias"), has, strict=True) if there]
    own = {name: parameter.shape for name, parameter in module._parameters.items() if parameter is not None}
    if list(own) != names or any(tuple(shape) != (width,) for shape in own.values()):
        raise _NotFusedError("a norm has other parameters than a weight and a bias for each unit")
    if not _LEAST_EPS <= eps < float("inf"):
        raise _NotFusedError(f"a norm has the eps {eps}")


_LEAST_EPS = 1e-20
"""Below, rows that only fill up a vector could become infinite."""

_LEAVES: dict[type[nn.Module], Callable[[nn.Module], Layer | None]] = {
    nn.Linear: _linear,
    nn.Dropout: _dropout,
    nn.Identity: _identity,
    nn.LayerNorm: _layer_norm,
}
