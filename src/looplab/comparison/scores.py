"""How well predictions fit: mean squared error, or log loss, accuracy and measures for skewed classes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.data import Task

__all__ = ["LOSS_NAMES", "MEASURES", "mean_loss", "measures", "row_losses"]

LOSS_NAMES: dict[Task, str] = {
    "regression": "mean squared error",
    "binary": "log loss",
    "multiclass": "log loss",
}

_LEAST = 1e-7  # lower probabilities count as this one, so that one confident mistake does not decide everything


def row_losses(predictions: NDArray[Any], targets: NDArray[Any], task: Task) -> NDArray[np.float64]:
    """The loss of each row: S×N for predictions S×N×O of targets N×O, or probabilities S×N×C of classes N."""
    if task == "regression":
        return np.asarray(((predictions - targets[None]) ** 2).mean(axis=2), dtype=np.float64)
    of_truth = np.take_along_axis(predictions, targets.astype(np.int64)[None, :, None], axis=2)[:, :, 0]
    return np.asarray(-np.log(np.clip(of_truth, _LEAST, 1.0)), dtype=np.float64)


def mean_loss(predictions: NDArray[Any], targets: NDArray[Any], task: Task) -> NDArray[np.float64]:
    """The mean loss of each member: S numbers."""
    return np.asarray(row_losses(predictions, targets, task).mean(axis=1))


MEASURES = ("accuracy", "balanced accuracy", "average precision")
"""What is reported of an arm besides its loss, for classes."""


def measures(predictions: NDArray[Any], targets: NDArray[np.int64]) -> dict[str, NDArray[np.float64]]:
    """The measures of each member, S numbers, from probabilities S×N×C of classes N.

    Accuracy is the share of rows whose most probable class is the right one; balanced accuracy is the mean of that
    share over the classes, average precision the area under precision against recall (the mean over the classes, or
    that of the rarer one of two), so that a class with 99 % of the rows does not decide these two.
    """
    right = predictions.argmax(axis=2) == targets[None]
    present = np.unique(targets)
    by_class = np.stack([right[:, targets == each].mean(axis=1) for each in present])
    return {
        "accuracy": right.mean(axis=1),
        "balanced accuracy": by_class.mean(axis=0),
        "average precision": _average_precision(predictions, targets, present),
    }


def _average_precision(
    predictions: NDArray[Any], targets: NDArray[np.int64], present: NDArray[np.int64]
) -> NDArray[np.float64]:
    from sklearn.metrics import average_precision_score

    if len(present) < 2:
        return np.full(len(predictions), np.nan)
    counts = np.bincount(targets)
    asked = present if predictions.shape[2] > 2 else [present[int(np.argmin(counts[present]))]]
    of_class = [[average_precision_score(targets == each, member[:, each]) for each in asked] for member in predictions]
    return np.asarray(np.mean(of_class, axis=1))
