"""A model as a list of layers: what the fused backend can train, and why it cannot train the rest."""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import nn
from torch.nn.utils import parametrize

from looplab.data.dataset import PRECISIONS, type_name
from looplab.models.particulars import has_hooks, tensor_has_hooks
from looplab.replicas.layers import Add, BatchNorm, Embedding, Layer, LayerNorm, Linear, Network, Pool
from looplab.replicas.leaves import NotFusedError, is_leaf
from looplab.replicas.tracing import Step, UntraceableError, traced
from looplab.replicas.vectors import Vectors

__all__ = ["describe_network"]


def describe_network(model: nn.Module, features: int | None = None) -> Network | str:
    """The model as a `Network`, or the reason, in words, why the fused backend cannot train it.

    It can train `nn.Linear`, the activations of `looplab.models`, `nn.Dropout`, `nn.LayerNorm`, `nn.BatchNorm1d` and
    `nn.Identity`, in (nested) `nn.Sequential` or in modules of one's own whose `forward` calls such layers, or torch's
    functions of these names, and adds up what they give. First may come `nn.Embedding` with `nn.Flatten`, or with a sum
    or mean over the categories of a row, as `nn.EmbeddingBag` takes it. Parameters are trainable ones on the CPU, all
    float32 or all float64, each used once, without hooks.

    Args:
        model: the model.
        features: how many categories a row has; None where that is not known, as an embedding needs it to be.

    >>> describe_network(nn.Sequential(nn.Linear(2, 8), nn.PReLU()))
    'layer 1 is a PReLU'
    """
    try:
        own = _own_modules(model)
        _check_statistics(model, _check_parameters(model))
        if own:
            try:
                steps = traced(model, is_leaf)
            except UntraceableError as reason:
                raise NotFusedError(f"{own[0]}, whose forward {reason}") from reason
        else:
            steps = [Step(leaf, name, (place - 1,)) for place, (name, leaf) in enumerate(_leaves(model, ""))]
        return _network(model, steps, features)
    except NotFusedError as reason:
        return str(reason)


def _own_modules(module: nn.Module, name: str = "") -> list[str]:
    """Which modules are of the user's own classes, in words; each module is looked at."""
    place = f"layer {name}" if name else "the model"
    what = f"{place} is a {type(module).__name__}"
    is_own = not (is_leaf(module) or type(module) in _CONTAINERS)
    if is_own and (type(module).__module__.startswith("torch.") or parametrize.is_parametrized(module)):
        raise NotFusedError(what)
    if is_own and any(getattr(type(module), method) is not getattr(nn.Module, method) for method in _METHODS):
        raise NotFusedError(f"{what}, which has methods of its own in place of a module's")
    _check_module(module, place)
    found = [what] if is_own or type(module) in _CONTAINERS[1:] else []
    if not is_leaf(module):
        for key, child in module._modules.items():  # named_children leaves out a module that comes twice
            found += [] if child is None else _own_modules(child, f"{name}.{key}" if name else key)
    return found


def _leaves(module: nn.Module, name: str) -> list[tuple[str, nn.Module]]:
    """The layers within (nested) `nn.Sequential`, in order."""
    if is_leaf(module):
        return [(name, module)]
    children = [(f"{name}.{key}" if name else key, child) for key, child in module._modules.items()]
    return [leaf for path, child in children if child is not None for leaf in _leaves(child, path)]


_CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
_METHODS = ("__call__", "parameters", "named_parameters", "buffers", "named_buffers", "modules", "named_modules")


def _check_module(module: nn.Module, place: str) -> None:
    if has_hooks(module):
        raise NotFusedError(f"{place} has hooks")
    if "forward" in vars(module):
        raise NotFusedError(f"{place} has a forward of its own")
    if not module.training:
        raise NotFusedError(f"{place} is not in training mode")


def _check_parameters(model: nn.Module) -> torch.dtype:
    """Raise an error unless machine code can train the parameters; returns their type."""
    seen: set[int] = set()
    dtype = next((each.dtype for each in model.parameters() if each.dtype in PRECISIONS), torch.float32)
    for name, parameter in model.named_parameters(remove_duplicate=False):
        if id(parameter) in seen:
            raise NotFusedError(f"parameter {name} is shared")
        seen.add(id(parameter))
        if not parameter.requires_grad:
            raise NotFusedError(f"parameter {name} is frozen")
        if parameter.dtype != dtype:
            raise NotFusedError(f"parameter {name} is {type_name(parameter.dtype)}, not {type_name(dtype)}")
        if parameter.device.type != "cpu":
            raise NotFusedError(f"parameter {name} is on {parameter.device}")
        if tensor_has_hooks(parameter):
            raise NotFusedError(f"parameter {name} has hooks")
        if type(parameter) is not nn.Parameter:
            raise NotFusedError(f"parameter {name} is a {type(parameter).__name__}")
    if not seen:
        raise NotFusedError("the model has no parameters")
    return dtype


def _check_statistics(model: nn.Module, dtype: torch.dtype) -> None:
    for module in model.modules():
        if type(module) is nn.BatchNorm1d and any(
            buffer is not None and buffer.is_floating_point() and buffer.dtype != dtype
            for buffer in module._buffers.values()
        ):
            raise NotFusedError(f"a batch norm has running statistics that are not {type_name(dtype)}")


def _network(model: nn.Module, steps: Sequence[Step], features: int | None) -> Network:
    """The network of these steps; what is no layer, such as `nn.Identity`, is left out."""
    begin, vectors = _places(model), Vectors(features)
    layers: list[Layer] = []
    sources: list[tuple[int, ...]] = []
    places: list[int] = []
    new = {-1: -1}
    for number, step in enumerate(steps):
        given = tuple(new[source] for source in step.sources)
        for layer in vectors.layers_of(number, step):
            known = begin.pop(step.name, None) if layer.parameter_count else 0
            if known is None:
                raise NotFusedError(f"layer {step.name} is called twice")
            layers.append(layer)
            sources.append(given)
            places.append(known)
            given = (len(layers) - 1,)
        new[number] = given[0]
    if begin:
        raise NotFusedError(f"the outputs do not depend on the parameters of layer {next(iter(begin))}")
    learning = any(isinstance(layer, Linear | Embedding) for layer in layers)
    if new[len(steps) - 1] != len(layers) - 1 or not learning:
        raise NotFusedError("the model has no linear layer")
    vectors.check_outputs(len(steps) - 1)
    _check_in_place(steps)
    _check_inputs(layers, sources)
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


def _check_inputs(layers: Sequence[Layer], sources: Sequence[tuple[int, ...]]) -> None:
    """Raise an error unless embeddings are given the inputs, and only they are, where there are some."""
    if any(isinstance(layer, Embedding) for layer in layers):
        for layer, before in zip(layers, sources, strict=True):
            if isinstance(layer, Embedding) and before != (-1,):
                raise NotFusedError("an embedding is given something else than the inputs")
            if not isinstance(layer, Embedding) and -1 in before:
                raise NotFusedError("another layer than an embedding is given categories")


def _check_widths(layers: Sequence[Layer], sources: Sequence[tuple[int, ...]]) -> None:
    first = next(layer for layer in layers if isinstance(layer, Linear | LayerNorm | BatchNorm | Embedding))
    if any(layer.inputs == 0 or layer.outputs == 0 for layer in layers if isinstance(layer, Linear)):
        raise NotFusedError("a layer has no inputs or no outputs")
    widths = {-1: first.width if isinstance(first, LayerNorm | BatchNorm) else first.inputs}
    for place, (layer, before) in enumerate(zip(layers, sources, strict=True)):
        width = widths[place] = widths[before[0]]
        if isinstance(layer, LayerNorm | BatchNorm) and layer.width != width:
            raise NotFusedError(f"a layer with {width} outputs is followed by a norm of {layer.width}")
        if isinstance(layer, Embedding | Pool):
            widths[place] = layer.outputs
        elif isinstance(layer, Linear):
            widths[place] = layer.outputs
            if layer.inputs != width:
                raise NotFusedError(f"a layer with {width} outputs is followed by one with {layer.inputs} inputs")
        elif isinstance(layer, Add) and widths[before[1]] != width:
            raise NotFusedError(f"layers with {width} and {widths[before[1]]} outputs are added")


_NOT_NEEDED_AGAIN = (nn.Linear, nn.LayerNorm, nn.BatchNorm1d, nn.Embedding, nn.EmbeddingBag, type(None))
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
                raise NotFusedError(f"{what} a {type(before).__name__} gives")
            if uses[source] > 1:
                raise NotFusedError(f"{what} another layer is given, too")
