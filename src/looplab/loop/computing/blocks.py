"""The blocks that a model consists of: what is sharded by itself, and what is computed anew for the gradient."""

import functools
import math
from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint, checkpoint_sequential

from looplab.errors import ModelError
from looplab.loop.checks import in_words

__all__ = ["blocks_of", "recompute", "stop_recomputing"]

_FORWARD = "forward"


def blocks_of(model: nn.Module) -> list[nn.Module]:
    """The parts with parameters of a model's outermost lists and sequences, in order; none where it has no such."""
    found = [block for container in _containers(model) for block in container.children()]
    return [block for block in found if any(True for _ in block.parameters())]


def recompute(model: nn.Module) -> None:
    """Let the blocks of a model forget what they computed, and compute it anew for the gradient.

    Of a sequence of n layers, the inputs of about √n segments are kept; of a list of blocks, those of each block.

    Raises:
        ModelError: the model has neither.
    """
    containers = list(_containers(model))
    if not containers:
        raise ModelError(
            "the model with activation_checkpointing=True",
            expected="one with an nn.Sequential or an nn.ModuleList of blocks, whose activations can be forgotten",
            got=in_words(model),
            fix="Put its blocks into one, or leave activation_checkpointing out.",
        )
    for container in containers:
        if isinstance(container, nn.Sequential):
            segments = max(1, round(math.sqrt(len(container))))
            _replace_forward(container, functools.partial(_in_segments, container, segments))
        else:
            for block in container.children():
                _replace_forward(block, functools.partial(_anew, block.forward))


def stop_recomputing(model: nn.Module) -> None:
    """Give all blocks back the forward pass of their class."""
    for module in model.modules():
        if getattr(vars(module).get(_FORWARD), "func", None) in (_in_segments, _anew):
            delattr(module, _FORWARD)


def _containers(module: nn.Module) -> Iterator[nn.Module]:
    """The outermost lists and sequences; a sequence with a forward pass of its own is neither."""
    if isinstance(module, nn.ModuleList) or type(module).forward is nn.Sequential.forward:
        yield module
    else:
        for child in module.children():
            yield from _containers(child)


def _replace_forward(module: nn.Module, forward: functools.partial[Any]) -> None:
    if _FORWARD not in vars(module):  # a forward pass of the user's own stays
        setattr(module, _FORWARD, forward)


def _in_segments(sequence: nn.Sequential, segments: int, inputs: Tensor) -> Any:
    if not torch.is_grad_enabled():
        for layer in sequence:
            inputs = layer(inputs)
        return inputs
    return checkpoint_sequential(sequence, segments, inputs, use_reentrant=False)


def _anew(forward: Any, *inputs: Any, **named: Any) -> Any:
    if not torch.is_grad_enabled():
        return forward(*inputs, **named)
    computed: Any = checkpoint  # which torch declares without types
    return computed(forward, *inputs, use_reentrant=False, **named)
