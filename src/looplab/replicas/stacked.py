"""A model applied to a stack of parameters at once: `torch.func.functional_call` under `torch.func.vmap`."""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.func import functional_call, vmap

from looplab.replicas.flat import FlatParameters
from looplab.replicas.stacked_tables import StackedTables, has_tables

__all__ = ["StackedModel", "chunks"]

_CHUNK_BYTES = 64 * 2**20


class StackedModel:
    """One architecture, R sets of parameters.

    Args:
        model: the architecture; it is copied, since a call puts other parameters into it for a moment.
        training: dropout and the like on (True) or off.
    """

    def __init__(self, model: nn.Module, *, training: bool) -> None:
        self._model = copy.deepcopy(model).train(training)
        self._around: Callable[[], AbstractContextManager[object]] = (
            StackedTables if has_tables(self._model) else nullcontext
        )
        self.layout = FlatParameters(self._model)

    def one(self, parameters: Float[Tensor, " P"], buffers: Mapping[str, Tensor], inputs: Tensor) -> Tensor:
        """Outputs B×O of one replica with a flat row of parameters; for use under `vmap`."""
        with self._around():
            outputs: Tensor = functional_call(self._model, {**self.layout.split(parameters), **buffers}, (inputs,))
        return outputs

    def all(
        self, parameters: Float[Tensor, "R P"], buffers: Mapping[str, Tensor], inputs: Float[Tensor, "B D"]
    ) -> Float[Tensor, "R B O"]:
        """Outputs of all replicas for the same inputs, without gradients."""
        with torch.no_grad():
            outputs: Tensor = vmap(self.one, in_dims=(0, 0, None), randomness="error")(
                parameters, dict(buffers), inputs
            )
        return outputs


def chunks(count: int, bytes_each: int, limit_bytes: int = _CHUNK_BYTES) -> Iterator[slice]:
    """Cut so many replicas into stretches that fit a limit together; at least one replica each.

    >>> list(chunks(5, bytes_each=10, limit_bytes=25))
    [slice(0, 2, None), slice(2, 4, None), slice(4, 5, None)]
    """
    size = max(1, limit_bytes // max(1, bytes_each))
    for start in range(0, count, size):
        yield slice(start, min(start + size, count))
