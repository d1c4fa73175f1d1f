"""Datasets from arrays: points of two classes in a plane, and curves."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from looplab.data.dataset import Dataset

__all__ = ["Points", "curve", "plane"]

Points = np.ndarray[Any, np.dtype[Any]]


def plane(name: str, points: Points, labels: Points, names: tuple[str, str]) -> Dataset:
    """N points in a plane, N×2, with labels 0 and 1."""
    return Dataset(
        name=name,
        inputs=torch.tensor(points, dtype=torch.float32),
        targets=torch.tensor(labels, dtype=torch.float32)[:, None],
        task="binary",
        feature_names=("x1", "x2"),
        target_names=names,
    )


def curve(name: str, x: Tensor, y: Tensor, feature_names: tuple[str, ...], target_names: tuple[str, ...]) -> Dataset:
    """N numbers y against N numbers x."""
    return Dataset(
        name=name,
        inputs=x[:, None],
        targets=y[:, None],
        task="regression",
        feature_names=feature_names,
        target_names=target_names,
    )
