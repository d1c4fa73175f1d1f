"""How well predictions fit: mean squared error, or log loss and accuracy."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.data import Task

__all__ = ["LOSS_NAMES", "accuracy", "mean_loss", "row_losses"]

LOSS_NAMES: dict[Task, str] = {
    "regression": "mean squared error",
    "binary": "log loss",
    "multiclass": "log loss",
}

_LEAST = 1e-7  # a probability below this counts as this, so that one confident mistake does not decide everything


def row_losses(predictions: NDArray[Any], targets: NDArray[Any], task: Task) -> NDArray[np.float64]:
    """The loss of each row: S×N for predictions S×N×O of targets N×O, or probabilities S×N×C of classes N."""
    if task == "regression":
        return np.asarray(((predictions - targets[None]) ** 2).mean(axis=2), dtype=np.float64)
    of_truth = np.take_along_axis(predictions, targets.astype(np.int64)[None, :, None], axis=2)[:, :, 0]
    return np.asarray(-np.log(np.clip(of_truth, _LEAST, 1.0)), dtype=np.float64)


def mean_loss(predictions: NDArray[Any], targets: NDArray[Any], task: Task) -> NDArray[np.float64]:
    """The mean loss of each member: S numbers."""
    return np.asarray(row_losses(predictions, targets, task).mean(axis=1))


def accuracy(predictions: NDArray[Any], targets: NDArray[Any]) -> NDArray[np.float64]:
    """The share of rows whose most probable class is the right one, of each member: S numbers."""
    return np.asarray((predictions.argmax(axis=2) == targets[None]).mean(axis=1), dtype=np.float64)
