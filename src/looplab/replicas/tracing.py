"""What a module of one's own calls, and in which order: its `forward` run once with a stand-in for the inputs.

`torch.fx` notes what happens to the stand-in. Its own tracer would patch `nn.Module` for the whole process while it
looks, in other threads too; here the modules of a copy are given classes that note who is called.
"""

import copy
import operator
import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import fx, nn
from torch.fx.proxy import GraphAppendingTracer
from torch.nn import functional

from looplab.loop.surroundings import fresh_state, in_a_line
from looplab.models.particulars import has_hooks, hooks_in, is_plain, tensor_has_hooks
from looplab.replicas.reductions import OverPositions
from looplab.replicas.undisturbed import State

__all__ = ["Step", "UntraceableError", "traced"]

_Called = str | nn.Module | None


class UntraceableError(Exception):
    """Carries the reason why a module's calls are not known, as a clause that follows "whose forward"."""


@dataclass(frozen=True)
class Step:
    """One call within a forward pass.

    Attributes:
        module: the module that is called, one of the model's or one that does what a function of torch does; None for a
            sum of two.
        name: the path of the module; empty where it is none of the model's.
        sources: which steps gave what it is given; -1 for the inputs of the model.
    """

    module: nn.Module | None
    name: str
    sources: tuple[int, ...]


def traced(model: nn.Module, is_layer: Callable[[nn.Module], bool]) -> list[Step]:
    """The calls in a forward pass, in order, of which the last gives the outputs. The model itself is not called.

    Args:
        model: in training mode, without hooks.
        is_layer: whether a module is one of those whose own `forward` need not be looked into.

    Raises:
        UntraceableError: it does something else than calling layers and adding up what they give; it does in training
            what it does not in evaluation; or what it does depends on more than its modules.
    """
    try:
        seen = [_Trace(copy.deepcopy(model).train(training), is_layer, training).steps() for training in (True, False)]
    except UntraceableError:
        raise
    except Exception as error:  # a model is the user's code, which may raise anything
        raise UntraceableError(f"cannot be traced: {in_a_line(error)}") from error
    if [_likeness(step) for step in seen[0]] != [_likeness(step) for step in seen[1]]:
        raise UntraceableError("does something else in training than in evaluation")
    modules = dict(model.named_modules())
    return [Step(modules[step.name] if step.name else step.module, step.name, step.sources) for step in seen[0]]


def _likeness(step: Step) -> tuple[object, ...]:
    plain = {} if step.module is None else {k: repr(v) for k, v in vars(step.module).items() if is_plain(k)}
    return type(step.module), plain, step.name, step.sources


class _Trace:
    """One forward pass of a copy of a model.

    Args:
        model: the copy.
        is_layer: see `traced`.
        training: the mode that it is in.
    """

    def __init__(self, model: nn.Module, is_layer: Callable[[nn.Module], bool], training: bool) -> None:
        self._model, self._training = model, training
        self._graph = fx.Graph()
        self._tracer = _Tracer(self._graph)
        self._paths = {module: name for name, module in model.named_modules()}
        self._layers = {module for module in self._paths if is_layer(module)}

    def steps(self) -> list[Step]:
        """The calls of the pass, in order."""
        state = State(self._model)
        for module in self._paths:
            module.__class__ = _watched(module, self._called, module in self._layers)
        with fresh_state(0), torch.set_grad_enabled(self._training):
            drawn = _random_state()
            outputs = self._model(self._tracer.create_proxy("placeholder", "inputs", (), {}))
            if _random_state() != drawn:
                raise UntraceableError("draws random numbers")
        for module in self._paths:
            module.__class__ = type(module).__mro__[1]
        changed = state.changed()
        if hooks_in(self._model) is not None:
            raise UntraceableError("places hooks")
        if changed is not None:
            raise UntraceableError(f"changes the {changed}")
        if not isinstance(outputs, fx.Proxy):
            raise UntraceableError(f"gives a {type(outputs).__name__}")
        return self._read(outputs.node)

    def _called(self, module: nn.Module, forward: Callable[..., Any], arguments: Any, named: Any) -> Any:
        if has_hooks(module) or any(map(tensor_has_hooks, module.parameters())):
            raise UntraceableError("places hooks")
        if module not in self._layers:
            return forward(*arguments, **named)
        if len(arguments) != 1 or named:
            raise UntraceableError(f"gives the layer {self._paths[module]} more than its inputs")
        return self._tracer.create_proxy("call_module", self._paths[module], arguments, {})

    def _read(self, last: fx.Node) -> list[Step]:
        nodes = list(self._graph.nodes)
        places = {node: place - 1 for place, node in enumerate(nodes)}
        if last is not nodes[-1] or any(not node.users for node in nodes[:-1]):
            raise UntraceableError("computes what its outputs do not depend on")
        modules = dict(self._model.named_modules())
        steps = []
        for node in nodes[1:]:
            name = str(node.target) if node.op == "call_module" else ""
            module, given = (modules[name], node.args) if name else _function(node, self._training)
            if not all(isinstance(each, fx.Node) for each in given):
                raise UntraceableError(f"calls {_spoken(node)} with a number")
            steps.append(Step(module, name, tuple(places[each] for each in given if isinstance(each, fx.Node))))
        return steps


class _Tracer(GraphAppendingTracer):
    """Refuses what changes a tensor in place, which `torch.fx` takes for a new one."""

    def proxy(self, node: fx.Node) -> fx.Proxy:
        """The stand-in for what a call gives."""
        return _StandIn(node, self)

    def create_arg(self, a: Any) -> Any:
        """What stands for an argument of a call."""
        if isinstance(a, torch.Tensor):
            raise UntraceableError("computes with a tensor besides its inputs and what layers give")
        return super().create_arg(a)


class _StandIn(fx.Proxy):
    """What a forward pass is given instead of a tensor."""

    def _in_place(self, _: object) -> Any:
        raise UntraceableError("changes a tensor in place")

    __iadd__ = __isub__ = __imul__ = __itruediv__ = __imatmul__ = __ipow__ = __setitem__ = _in_place


def _watched(module: nn.Module, called: Callable[..., Any], is_layer: bool) -> type[nn.Module]:
    """A class like that of a module, which says that it is called, and reads no attribute that could change."""
    kind = type(module)

    def call(self: nn.Module, *arguments: Any, **named: Any) -> Any:
        return called(self, self.forward, arguments, named)

    def get(self: nn.Module, name: str) -> Any:
        value = kind.__getattribute__(self, name)
        if is_plain(name) and name in kind.__getattribute__(self, "__dict__") and not isinstance(value, _CONSTANTS):
            raise UntraceableError(f"depends on the attribute {name}, a {type(value).__name__}")
        return value

    own: dict[str, Any] = {"__call__": call} if is_layer else {"__call__": call, "__getattribute__": get}
    return type(kind.__name__, (kind,), own)


_CONSTANTS = (bool, int, float, str, type(None))
"""What the models of all seeds have alike, and no one can change without setting the attribute."""


def _random_state() -> tuple[object, ...]:
    return torch.get_rng_state().numpy().tobytes(), random.getstate(), repr(np.random.get_state())  # theirs


# Functions of torch that do what a module does: the module, and what the function takes besides its inputs.

_Arguments = tuple[str, ...]
_FUNCTIONS: dict[object, tuple[Callable[..., nn.Module], _Arguments]] = {
    **dict.fromkeys((functional.relu, torch.relu, "relu"), (nn.ReLU, ("inplace",))),
    **dict.fromkeys((functional.tanh, torch.tanh, "tanh"), (nn.Tanh, ())),
    **dict.fromkeys((functional.sigmoid, torch.sigmoid, "sigmoid"), (nn.Sigmoid, ())),
    functional.leaky_relu: (nn.LeakyReLU, ("negative_slope", "inplace")),
    functional.elu: (nn.ELU, ("alpha", "inplace")),
    functional.gelu: (nn.GELU, ("approximate",)),
    functional.silu: (nn.SiLU, ("inplace",)),
    functional.mish: (nn.Mish, ("inplace",)),
    functional.softplus: (nn.Softplus, ("beta", "threshold")),
    functional.hardtanh: (nn.Hardtanh, ("min_val", "max_val", "inplace")),
    functional.dropout: (nn.Dropout, ("p", "training", "inplace")),
    **dict.fromkeys((torch.mean, "mean"), (partial(OverPositions, "mean"), ("dim", "keepdim"))),
    **dict.fromkeys((torch.sum, "sum"), (partial(OverPositions, "sum"), ("dim", "keepdim"))),
    **dict.fromkeys((torch.flatten, "flatten"), (lambda start_dim=0: nn.Flatten(start_dim), ("start_dim",))),
}  # fmt: skip
_SUMS = (operator.add, torch.add, "add")


def _function(node: fx.Node, training: bool) -> tuple[nn.Module | None, tuple[Any, ...]]:
    """The module that does what a node's function does, and what that is given."""
    if node.target in _SUMS and len(node.args) == 2 and not node.kwargs:
        return None, node.args
    if node.target not in _FUNCTIONS:
        raise UntraceableError(f"calls {_spoken(node)}")
    kind, names = _FUNCTIONS[node.target]
    given = {**dict(zip(("input", *names), node.args, strict=False)), **node.kwargs}
    inputs = given.pop("input", None)
    if len(node.args) > 1 + len(names) or not set(given) <= set(names) or given.pop("inplace", False):
        raise UntraceableError(f"calls {_spoken(node)} with other arguments than a layer has")
    if kind is nn.Dropout and given.pop("training", True) is not training:
        raise UntraceableError("drops values in evaluation, or none in training")
    return kind(**given), (inputs,)


def _spoken(node: fx.Node) -> str:
    return node.target if isinstance(node.target, str) else getattr(node.target, "__name__", str(node.target))
