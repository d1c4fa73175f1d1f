"""What a step computes, operation by operation: names, values, and the gradients that come back."""

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

__all__ = ["LOSSES", "Operation", "Operations", "operation_name", "unseen"]

_LARGEST_KEPT = 1_000_000  # elements of a tensor that is kept whole; of a larger one, its first rows
LOSSES = {
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cross_entropy",
    "gaussian_nll_loss",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
    "soft_margin_loss",
}
"""Losses by the names that torch's functions have."""
_READS = {"shape", "dtype", "device", "grad", "requires_grad", "is_leaf", "ndim", "layout", "grad_fn", "is_cuda"}


@dataclass(eq=False)
class Operation:
    """One call of a function of torch's.

    Attributes:
        name: the function, as torch calls it: "relu", "linear", "softmax", "view", "detach", "data".
        module: the module within which it was called, as named in the model; "" outside, "." for the model itself.
        sources: for each tensor among the arguments, the index of the operation it came from; -1 for what was there.
        shapes: of these tensors.
        first: values of the first tensor among the arguments, as they were.
        second: of the second, as the targets of a loss.
        output: values that came out.
        needs_gradient: whether a gradient can come back through the output.
        arguments: those that are no tensors, by position or name.
        parameters: the ids of those tensors that are leaves with a gradient, as parameters are.
        gradient: that of the loss with respect to the output, once it came back.
        returned_by: modules that gave back what came out, innermost first.
        kinds: what the leaves with a gradient among the tensors are: "parameter", or "tensor".
        is_loss: whether a backward pass began here.
    """

    name: str
    module: str
    sources: tuple[int, ...]
    shapes: tuple[tuple[int, ...], ...]
    first: Tensor | None
    second: Tensor | None
    output: Tensor | None
    needs_gradient: bool
    arguments: dict[str | int, Any]
    parameters: tuple[int, ...] = ()
    gradient: Tensor | None = field(default=None, repr=False)
    returned_by: list[str] = field(default_factory=list)
    kinds: tuple[str, ...] = ()
    is_loss: bool = False


class Operations(TorchFunctionMode):
    """Records the operations of what runs within it; values are copies, so that nothing that follows changes them.

    Args:
        model: whose modules name the places.
    """

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.seen: list[Operation] = []
        self._names = {module: name or "." for name, module in model.named_modules()}
        self._within: list[str] = []
        self._is_paused = False
        self._known: dict[int, tuple[int, Tensor, Tensor | None]] = {}  # by id: index, the tensor itself, its values

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        name = operation_name(func)
        if name == "backward" and args and not self._is_paused:
            self._backward_begins(args[0])
        if self._is_paused or name in _READS or name.startswith("_") or name == "backward":
            return func(*args, **kwargs)
        tensors = list(_tensors((*args, *kwargs.values())))
        first, second = (self._values(each) for each in [*tensors, None, None][:2])
        result = func(*args, **kwargs)
        outputs = list(_tensors((result,)))
        if outputs and tensors:
            self._record(name, args, kwargs, tensors, (first, second), outputs)
        return result

    def __deepcopy__(self, _: dict[int, Any]) -> "Operations":
        return self  # a model that is copied while its hooks lead here

    def is_within_model(self) -> None:
        """Note that the model's own call has begun before its hooks were there."""
        self._within.append(".")

    def pause(self) -> None:
        """Record no further operation."""
        self._is_paused = True

    @contextmanager
    def named_places(self) -> Iterator[None]:
        """Follow which module runs, meanwhile."""
        handles = []
        for module, name in self._names.items():
            handles.append(module.register_forward_pre_hook(lambda *_, name=name: self._within.append(name)))
            left = functools.partial(self._leave, name)
            handles.append(module.register_forward_hook(left, always_call=True))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def finished(self) -> list[Operation]:
        """The operations; the tensors themselves are let go."""
        self._known.clear()
        return self.seen

    def _leave(self, name: str, module: nn.Module, args: Any, result: Any) -> None:
        if self._within:
            self._within.pop()
        for tensor in _tensors(result.values() if isinstance(result, dict) else (result,)):
            if id(tensor) in self._known:
                self.seen[self._known[id(tensor)][0]].returned_by.append(name)

    def _backward_begins(self, loss: Tensor) -> None:
        """Mark the operation that made the loss, or put down that it came from none of those that were seen."""
        if id(loss) in self._known:
            self.seen[self._known[id(loss)][0]].is_loss = True
            return
        self.seen.append(
            Operation(
                name="backward",
                module="",
                sources=(-1,),
                shapes=(tuple(loss.shape),),
                first=None,
                second=None,
                output=None,
                needs_gradient=False,
                arguments={},
            )
        )

    def _record(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        tensors: list[Tensor],
        values_in: tuple[Tensor | None, Tensor | None],
        outputs: list[Tensor],
    ) -> None:
        output, *others = outputs
        values = _kept(output)
        leaves = [each for each in tensors if each.is_leaf and each.requires_grad]
        operation = Operation(
            name=name,
            module=self._within[-1] if self._within else "",
            sources=tuple(self._known.get(id(each), (-1,))[0] for each in tensors),
            shapes=tuple(tuple(each.shape) for each in tensors),
            first=values_in[0],
            second=values_in[1],
            output=values,
            needs_gradient=output.requires_grad and not output.is_leaf,
            arguments={
                key: value
                for key, value in _named_arguments(args, kwargs)
                if isinstance(value, bool | int | float | str | tuple | torch.Size | torch.dtype) or value is None
            },
            parameters=tuple(id(each) for each in leaves),
            kinds=tuple("parameter" if isinstance(each, nn.Parameter) else "tensor" for each in leaves),
        )
        self._known[id(output)] = (len(self.seen), output, values)
        self._known.update({id(other): (len(self.seen), other, _kept(other)) for other in others})
        self.seen.append(operation)
        if output.requires_grad and torch.is_grad_enabled():
            output.register_hook(lambda gradient: _note_gradient(operation, gradient))

    def _values(self, tensor: Tensor | None) -> Tensor | None:
        if tensor is None:
            return None
        known = self._known.get(id(tensor))
        return known[2] if known is not None else _kept(tensor)


def unseen() -> AbstractContextManager[None]:
    """A context in which what we compute ourselves is not recorded."""
    return torch._C.DisableTorchFunction()


def _note_gradient(operation: Operation, gradient: Tensor) -> None:
    operation.gradient = _kept(gradient)


def _kept(tensor: Tensor) -> Tensor | None:
    """Values of a tensor, copied: all, or the first rows of a large one."""
    with torch.no_grad(), unseen():
        if tensor.layout is not torch.strided:
            return None
        rows = tensor.detach()
        if rows.numel() > _LARGEST_KEPT and rows.ndim:
            rows = rows[: max(1, _LARGEST_KEPT * len(rows) // rows.numel())]
        return rows.clone()


def operation_name(func: Callable[..., Any]) -> str:
    """The name of one of torch's functions, without underscores: "add" for `__add__`, "relu" for `relu_`."""
    name = getattr(func, "__name__", "")
    if name == "__get__":
        return str(getattr(getattr(func, "__self__", None), "__name__", ""))
    return {"__getitem__": "getitem", "__matmul__": "matmul", "__rsub__": "rsub"}.get(name, name.strip("_"))


def _named_arguments(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[tuple[str | int, Any]]:
    return [*enumerate(args), *kwargs.items()]


def _tensors(values: Iterable[Any]) -> Iterator[Tensor]:
    for value in values:
        if isinstance(value, Tensor):
            yield value
        elif isinstance(value, tuple | list):
            yield from _tensors(value)
