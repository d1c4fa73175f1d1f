"""Dropout masks for replicas that train together: for each replica the masks that `train` would draw, to the bit.

Inside `torch.func.vmap` all replicas would draw from one random state, so that a replica's masks would depend on its
neighbours. Here a mode watches the model's calls of dropout: first it notes their shapes, then it hands in masks drawn
beforehand, each replica's from a generator that continues where its `make_model` left torch's random state.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional
from torch.overrides import TorchFunctionMode

__all__ = ["DropoutCall", "GivenDropout", "MaskSource", "NoDropout", "WatchDropout"]


@dataclass(frozen=True)
class DropoutCall:
    """One call of dropout in a forward pass: shape and type of its input, and probability of a zero."""

    shape: tuple[int, ...]
    p: float
    dtype: torch.dtype


class WatchDropout(TorchFunctionMode):
    """Notes each call of dropout that draws random numbers, and lets it pass.

    >>> with WatchDropout() as watch:
    ...     _ = torch.nn.Dropout(0.25)(torch.ones(2, 3))
    >>> watch.calls
    [DropoutCall(shape=(2, 3), p=0.25, dtype=torch.float32)]
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[DropoutCall] = []

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Called by torch for each of its functions."""
        kwargs = kwargs or {}
        if func is functional.dropout:
            values, p, draws = _arguments(*args, **kwargs)
            if draws:
                self.calls.append(DropoutCall(tuple(values.shape), p, values.dtype))
        return func(*args, **kwargs)


class GivenDropout(TorchFunctionMode):
    """Multiplies with given masks, one a call, where dropout would draw its own."""

    def __init__(self, masks: Sequence[Tensor]) -> None:
        super().__init__()
        self._masks = iter(masks)

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Called by torch for each of its functions."""
        kwargs = kwargs or {}
        if func is functional.dropout:
            values, _, draws = _arguments(*args, **kwargs)
            return values * next(self._masks) if draws else values
        return func(*args, **kwargs)


class NoDropout(TorchFunctionMode):
    """Lets nothing be dropped, in whatever mode the model is."""

    def __torch_function__(
        self, func: Callable[..., Any], types: object, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Called by torch for each of its functions."""
        return _arguments(*args, **(kwargs or {}))[0] if func is functional.dropout else func(*args, **(kwargs or {}))


class MaskSource:
    """Draws the masks of a chunk of replicas, step by step.

    Args:
        random_states: torch's random state of each replica after its model was made.
        device: where the masks are wanted; they are drawn on the CPU.
    """

    def __init__(self, random_states: Sequence[Tensor], device: torch.device) -> None:
        self._device = device
        self._generators = [torch.Generator() for _ in random_states]
        for generator, state in zip(self._generators, random_states, strict=True):
            generator.set_state(state)

    def states(self) -> list[Tensor]:
        """The random state of each replica, for its next mask."""
        return [generator.get_state() for generator in self._generators]

    def draw(self, calls: Sequence[DropoutCall]) -> tuple[Float[Tensor, "R ..."], ...]:
        """One mask a call: 1/(1-p) where a value stays, 0 where it goes."""
        masks = tuple(torch.empty(len(self._generators), *call.shape, dtype=call.dtype) for call in calls)
        for replica, generator in enumerate(self._generators):
            for mask, call in zip(masks, calls, strict=True):  # in the order of the forward pass
                mask[replica].bernoulli_(1 - call.p, generator=generator)
        for mask, call in zip(masks, calls, strict=True):
            if call.p < 1:
                mask.div_(1 - call.p)
        return tuple(mask.to(self._device) for mask in masks)


def _arguments(
    input: Tensor,  # noqa: A002  # the name in torch's signature
    p: float = 0.5,
    training: bool = True,
    inplace: bool = False,
) -> tuple[Tensor, float, bool]:
    """Input, probability, and whether the call draws random numbers, which p = 0 does not."""
    del inplace  # a new tensor serves either way
    return input, p, training and p > 0 and input.numel() > 0
