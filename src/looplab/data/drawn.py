"""Datasets that are drawn: moons, circles, spirals and a sine."""

import math

import numpy as np
import torch

from looplab.data.dataset import Dataset
from looplab.data.shapes import Points, curve, plane

__all__ = ["circles", "moons", "sine", "spirals"]


def moons(rows: int = 200, noise: float = 0.2, seed: int = 42) -> Dataset:
    """Two half moons that reach into each other: to the bit those of scikit-learn's `make_moons`.

    Drawn here, because importing scikit-learn takes longer than training on them.
    """
    upper = np.linspace(0, math.pi, rows // 2)
    lower = np.linspace(0, math.pi, rows - rows // 2)
    arcs = [
        np.column_stack([np.cos(upper), np.sin(upper)]),
        np.column_stack([1 - np.cos(lower), 1 - np.sin(lower) - 0.5]),
    ]
    return plane("moons", *_shuffled(arcs, noise, seed), names=("upper moon", "lower moon"))


def circles(rows: int = 200, noise: float = 0.1, factor: float = 0.5, seed: int = 42) -> Dataset:
    """A small circle inside a large one, to the bit scikit-learn's `make_circles`; `factor` is the ratio of radii."""
    outer = np.linspace(0, 2 * math.pi, rows // 2, endpoint=False)
    inner = np.linspace(0, 2 * math.pi, rows - rows // 2, endpoint=False)
    rings = [
        np.column_stack([np.cos(outer), np.sin(outer)]),
        np.column_stack([np.cos(inner) * factor, np.sin(inner) * factor]),
    ]
    return plane("circles", *_shuffled(rings, noise, seed), names=("outer circle", "inner circle"))


def spirals(rows: int = 200, noise: float = 0.1, turns: float = 1.5, seed: int = 42) -> Dataset:
    """Two arms of a spiral with radius up to 1.5 that wind around each other."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % 2
    along = np.sqrt(random.uniform(size=rows))
    angle = 2 * math.pi * turns * along + math.pi * labels
    points = 1.5 * along[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    points += noise * random.standard_normal((rows, 2))
    return plane("spirals", points, labels, names=("first arm", "second arm"))


def sine(rows: int = 100, noise: float = 0.0, scale: float = 1.0, seed: int = 42) -> Dataset:
    """Y = scale · sin x at equally spaced x from -2π to 2π, with normal noise."""
    x = torch.linspace(-2 * math.pi, 2 * math.pi, rows, dtype=torch.float32)
    drawn = torch.randn(rows, generator=torch.Generator().manual_seed(seed), dtype=torch.float32)
    y = scale * torch.sin(x) + noise * drawn
    return curve("sine", x, y, ("x",), ("y",))


def _shuffled(groups: list[Points], noise: float, seed: int) -> tuple[Points, Points]:
    """All points in a random order, with noise, and the number of the group of each."""
    random = np.random.RandomState(seed)
    points, labels = np.concatenate(groups), np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    order = np.arange(len(points))
    random.shuffle(order)
    return points[order] + random.normal(scale=noise, size=points.shape), labels[order]
