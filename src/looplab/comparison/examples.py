"""What passes between the steps of a comparison: rows to learn from, rows to predict, an arm after training."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from looplab.comparison.folds import Split
from looplab.comparison.preparation import Preparation, TargetScale
from looplab.data import Task

__all__ = ["Examples", "Fitted", "Matrix", "PreparedFold"]

Matrix = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Examples:
    """The rows that an arm learns from: all that it gets to see.

    Attributes:
        X: N×D.
        y: float32 N×O with mean 0 and deviation 1 for a regression, else int64 N of classes.
        task: "regression", "binary" or "multiclass".
        classes: number of classes; 0 for a regression.
        inner: splits of these rows, by position, for choosing settings.
        seed: fixes every draw of an arm.
        scale: from `y` to the target's own unit; None for classes.
        own: a regression's targets in their own unit, float64 N×O; None for classes.
        weights: N numbers above 0; None for equal ones.
    """

    X: Matrix
    y: NDArray[Any]
    task: Task
    classes: int
    inner: tuple[Split, ...]
    seed: int
    scale: TargetScale | None = None
    own: NDArray[np.float64] | None = None
    weights: NDArray[np.float64] | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def few_inner(self) -> tuple[Split, ...]:
        """The first of the inner splits, for arms whose fits take long: three, or fewer where there are many rows."""
        return self.inner[: 1 if len(self) >= 1000 else 2 if len(self) >= 200 else 3]


@dataclass(frozen=True, kw_only=True, eq=False)
class PreparedFold:
    """One fold as matrices, prepared with what was learnt from its training rows alone.

    Attributes:
        examples: the rows to learn from.
        test_inputs: M×D, the rows to predict.
        test_targets: their targets in the target's own unit: float64 M×O, or int64 M of classes.
        preparation: what was learnt about the columns.
        scale: what was learnt about a regression's targets; None for classes.
        test_weights: M numbers above 0; None for equal ones.
        aside: the same for a part of the training rows, with the other part to predict; None if it is not needed.
    """

    examples: Examples
    test_inputs: Matrix
    test_targets: NDArray[Any]
    preparation: Preparation
    scale: TargetScale | None
    test_weights: NDArray[np.float64] | None = None
    aside: "PreparedFold | None" = None

    def moved(self, shift: float) -> "PreparedFold":
        """The same fold of a regression, whose predictions come out higher by `shift`, in the target's unit."""
        assert self.scale is not None
        return replace(self, scale=replace(self.scale, mean=self.scale.mean + shift))


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """An arm after training: members that predict, and what was chosen for them.

    Attributes:
        predict: matrix N×D -> members S×N×O (scaled values of a regression) or S×N×C (probabilities).
        chosen: settings by name, for the report.
        tensors: what a saved file holds.
    """

    predict: Callable[[Matrix], NDArray[Any]]
    chosen: dict[str, Any]
    tensors: dict[str, torch.Tensor]
