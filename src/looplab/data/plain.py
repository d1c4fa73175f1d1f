"""Datasets and tensors as plain lists, which JSON can hold."""

from typing import Any

import numpy as np
from torch import Tensor

from looplab.data.dataset import Dataset

__all__ = ["numbers", "rows"]


def rows(dataset: Dataset) -> dict[str, Any]:
    """The rows of a dataset: "inputs", N lists of D numbers, and "targets", N lists of O numbers or N classes."""
    return {"inputs": numbers(dataset.inputs), "targets": numbers(dataset.targets)}


def numbers(tensor: Tensor) -> Any:
    """A tensor as lists of numbers of its shape; a float32 number has as few digits as it can without a loss.

    >>> import torch
    >>> numbers(torch.tensor([[0.1], [2.0]]))
    [[0.1], [2.0]]
    """
    values = tensor.detach().cpu().numpy()
    return _shortest(values.tolist()) if values.dtype == np.float32 else values.tolist()


def _shortest(values: Any) -> Any:
    if isinstance(values, list):
        return [_shortest(value) for value in values]
    return float(str(np.float32(values)))
