"""A hash of tensors."""

import hashlib
from collections.abc import Mapping

import torch
from torch import Tensor

__all__ = ["digest_of"]


def digest_of(tensors: Mapping[str, Tensor], also: str = "") -> str:
    """A hash of names, types, shapes and values of tensors in the order of their names, and of a text.

    >>> digest_of({"a": torch.zeros(2), "b": torch.ones(3)}) == digest_of({"b": torch.ones(3), "a": torch.zeros(2)})
    True
    """
    digest = hashlib.sha256(also.encode())
    for name in sorted(tensors):
        tensor = tensors[name].detach().cpu().contiguous()
        digest.update(f"{name} {tensor.dtype} {tuple(tensor.shape)}".encode())
        digest.update(tensor.reshape(-1).view(torch.uint8).numpy().data)
    return digest.hexdigest()
