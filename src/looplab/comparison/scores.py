"""The losses by which settings are chosen, and by which arms are compared unless the user names a metric."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.data import Task

__all__ = ["mean_loss", "row_losses"]

_LEAST = 1e-7  # lower probabilities count as this one, so that one confident mistake does not decide everything


def row_losses(predictions: NDArray[Any], targets: NDArray[Any], task: Task) -> NDArray[np.float64]:
    """The loss of each row: S×N for predictions S×N×O of targets N×O, or probabilities S×N×C of classes N."""
    if task == "regression":
        return np.asarray(((predictions - targets[None]) ** 2).mean(axis=2), dtype=np.float64)
    of_truth = np.take_along_axis(predictions, targets.astype(np.int64)[None, :, None], axis=2)[:, :, 0]
    return np.asarray(-np.log(np.clip(of_truth, _LEAST, 1.0)), dtype=np.float64)


def mean_loss(
    predictions: NDArray[Any], targets: NDArray[Any], task: Task, weights: NDArray[np.float64] | None = None
) -> NDArray[np.float64]:
    """The mean loss of each member, weighted if N weights are given: S numbers."""
    return np.asarray(np.average(row_losses(predictions, targets, task), axis=1, weights=weights))
