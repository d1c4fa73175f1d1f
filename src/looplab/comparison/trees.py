"""Boosted trees as numbers: taken from scikit-learn's models, checked after reading, followed for new rows."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

__all__ = ["are_trees", "tensors_of_trees", "tree_outputs"]

_COLUMN, _THRESHOLD, _LEFT, _RIGHT, _VALUE = range(5)
"""What a node's five numbers mean: a row goes left if its column is at most the threshold; children 0 mark a leaf."""


def tensors_of_trees(fits: list[list[Any]]) -> dict[str, Tensor]:
    """The trees of S fits, each of one classifier or of a regressor for each output.

    Returns:
        `trees` S×T×K×M×5 (T iterations, K outputs, M nodes), and `start` S×K, to which their values are added. What has
        fewer iterations or nodes than others is filled up with leaves of value 0.
    """
    grown = [_trees(models) for models in fits]
    iterations = max(len(trees) for of_fit in grown for trees in of_fit)
    nodes = max(len(tree) for of_fit in grown for trees in of_fit for tree in trees)
    full = np.zeros((len(fits), iterations, len(grown[0]), nodes, 5))
    for member, of_fit in enumerate(grown):
        for output, trees in enumerate(of_fit):
            for iteration, tree in enumerate(trees):
                full[member, iteration, output, : len(tree)] = tree
    start = [np.concatenate([np.ravel(model._baseline_prediction) for model in models]) for models in fits]
    return {"trees": torch.from_numpy(full), "start": torch.from_numpy(np.stack(start).astype(np.float64))}


def _trees(models: list[Any]) -> list[list[NDArray[np.float64]]]:
    """Of each output, the trees of all iterations, M×5 each."""
    by_output = [list(trees) for model in models for trees in zip(*model._predictors, strict=True)]
    return [[_numbers(tree.nodes) for tree in trees] for trees in by_output]


def _numbers(nodes: NDArray[Any]) -> NDArray[np.float64]:
    leaf = nodes["is_leaf"].astype(bool)
    inner = ("feature_idx", "num_threshold", "left", "right")
    columns = [np.where(leaf, 0.0, nodes[name].astype(np.float64)) for name in inner]
    return np.column_stack([*columns, np.where(leaf, nodes["value"], 0.0)])


def are_trees(tensors: Mapping[str, Tensor], features: int, outputs: int) -> bool:
    """Whether tensors are trees that can be followed: each child comes after its parent, each column is there."""
    if tensors.keys() != {"trees", "start"}:
        return False
    trees, start = (tensors[name].numpy() for name in ("trees", "start"))
    if trees.ndim != 5 or 0 in trees.shape or trees.shape[2] != outputs or trees.shape[4] != 5:
        return False
    if start.shape != (len(trees), outputs):
        return False
    nodes = trees.shape[3]
    column, left, right = (trees[..., place] for place in (_COLUMN, _LEFT, _RIGHT))
    leaf = (left == 0) & (right == 0)
    later = np.minimum(left, right) > np.arange(nodes)
    whole = all(bool((each == np.floor(each)).all()) for each in (column, left, right))
    within = bool((column >= 0).all() and (column < features).all() and (np.maximum(left, right) < nodes).all())
    return whole and within and bool((leaf | later).all())


def tree_outputs(X: NDArray[Any], trees: NDArray[np.float64], start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Outputs S×N×K of trees S×T×K×M×5 for rows N×D."""
    members, iterations, outputs, nodes, _ = trees.shape
    found = np.repeat(start[:, None], len(X), axis=1)
    rows = np.arange(len(X))
    for member in range(members):
        for output in range(outputs):
            for iteration in range(iterations):
                tree = trees[member, iteration, output]
                found[member, :, output] += tree[_leaves(X, rows, tree, nodes), _VALUE]
    return found


def _leaves(X: NDArray[Any], rows: NDArray[np.int64], tree: NDArray[np.float64], nodes: int) -> NDArray[np.int64]:
    """The leaf at which each row arrives."""
    column, left, right = (tree[:, place].astype(np.int64) for place in (_COLUMN, _LEFT, _RIGHT))
    threshold, inner = tree[:, _THRESHOLD], left > 0
    at = np.zeros(len(X), dtype=np.int64)
    for _ in range(nodes):
        if not inner[at].any():
            break
        below = X[rows, column[at]] <= threshold[at]
        at = np.where(inner[at], np.where(below, left[at], right[at]), at)
    return at
