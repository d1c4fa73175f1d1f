"""Embeddings of replicas that train together, where `torch.func.vmap` does otherwise than a model by itself.

It lays the replicas' tables one below the other, and takes the padding's row of the first for that of all. Bags it
takes one replica after the other, and warns of it. Here a mode looks vectors up in a table whose row for the padding
passes no gradient on, and adds up those of a bag.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.overrides import TorchFunctionMode

__all__ = ["StackedTables", "has_tables"]


def has_tables(model: nn.Module) -> bool:
    """Whether a model has an embedding with a padding, or a bag."""
    return any(
        isinstance(each, nn.EmbeddingBag) or (isinstance(each, nn.Embedding) and each.padding_idx is not None)
        for each in model.modules()
    )


class StackedTables(TorchFunctionMode):
    """Looks vectors up as each replica by itself would.

    >>> table = torch.ones(3, 2, requires_grad=True)
    >>> with StackedTables():
    ...     functional.embedding(torch.tensor([0, 1, 1]), table, padding_idx=0).sum().backward()
    >>> table.grad[:, 0].tolist()
    [0.0, 2.0, 0.0]
    """

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Called by torch for each of its functions."""
        kwargs = kwargs or {}
        if func is functional.embedding:
            return _embedding(*args, **kwargs)
        if func is functional.embedding_bag:
            return _bag(*args, **kwargs)
        return func(*args, **kwargs)


def _embedding(
    input: Tensor,  # noqa: A002  # the name in torch's signature
    weight: Tensor,
    padding_idx: int | None = None,
    *more: Any,
    **named: Any,
) -> Tensor:
    if padding_idx is not None:
        rows = torch.arange(weight.shape[0], device=weight.device)
        weight = torch.where((rows == padding_idx % len(rows))[:, None], weight.detach(), weight)
    return functional.embedding(input, weight, None, *more, **named)


def _bag(*args: Any, **kwargs: Any) -> Tensor:
    """The sum or mean of vectors, where each row of a matrix is a bag and nothing else is asked for."""
    call = _BAG.bind(*args, **kwargs)
    call.apply_defaults()
    given = call.arguments
    others = {name: given[name] for name in _PLAIN}
    if given["mode"] not in ("mean", "sum") or given["input"].ndim != 2 or others != _PLAIN:
        return functional.embedding_bag(*args, **kwargs)
    vectors = functional.embedding(given["input"], given["weight"])
    reduced: Tensor = getattr(vectors, given["mode"])(dim=1)
    return reduced


_BAG = inspect.signature(functional.embedding_bag)
_PLAIN: dict[str, Any] = {
    "offsets": None,
    "max_norm": None,
    "scale_grad_by_freq": False,
    "sparse": False,
    "per_sample_weights": None,
    "padding_idx": None,
}
"""What a bag has that is a plain sum or mean; of a padding, torch would take others into the mean."""
