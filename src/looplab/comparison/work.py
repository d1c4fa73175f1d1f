"""What every arm is given: the matrices of one fold, and the inner splits by which to choose settings."""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from looplab.comparison.folds import Fold, split_inner
from looplab.comparison.preparation import Preparation, TargetScale
from looplab.comparison.scores import accuracy, mean_loss
from looplab.comparison.table import Table
from looplab.data import Dataset, Task

__all__ = ["Fitted", "Scores", "Work", "few_threads", "make_work", "test_scores"]

_FEW_ROWS = 5000  # up to here one thread is faster than several

Matrix = NDArray[np.float32]


@dataclass(frozen=True, kw_only=True, eq=False)
class Work:
    """One fold's training rows, prepared by what they alone taught.

    Attributes:
        X: N×D.
        y: float32 N×O with mean 0 and deviation 1 for a regression, else int64 N of classes.
        task: "regression", "binary" or "multiclass".
        classes: number of classes; 0 for a regression.
        inner: splits of these rows, by position, for choosing settings.
        preparation: what was learnt of the columns.
        scale: what was learnt of a regression's targets.
        seed: fixes every draw of an arm.
    """

    X: Matrix
    y: NDArray[Any]
    task: Task
    classes: int
    inner: tuple[Fold, ...]
    preparation: Preparation
    scale: TargetScale | None
    seed: int

    def dataset(self, rows: NDArray[np.int64] | None = None) -> Dataset:
        """The dataset of these rows, by position, or of all."""
        X = self.X if rows is None else self.X[rows]
        y = self.y if rows is None else self.y[rows]
        targets = torch.from_numpy(y.astype(np.float32)[:, None]) if self.task == "binary" else torch.from_numpy(y)
        names = ("target",) if self.task == "regression" else tuple(str(each) for each in range(self.classes))
        return Dataset(
            name="fold",
            inputs=torch.from_numpy(X),
            targets=targets,
            task=self.task,
            feature_names=tuple(str(column) for column in range(X.shape[1])),
            target_names=names,
        )


@dataclass(frozen=True, kw_only=True, eq=False)
class Fitted:
    """An arm after training: members that predict, and what was chosen for them.

    Attributes:
        predict: matrix N×D -> members S×N×O (scaled values of a regression) or S×N×C (probabilities).
        chosen: settings by name, for the report.
        tensors: what a saved file holds.
    """

    predict: Any
    chosen: dict[str, Any]
    tensors: dict[str, torch.Tensor]


def make_work(table: Table, rows: NDArray[np.int64], seed: int) -> Work:
    """Prepare training rows of a table."""
    columns = table.columns.iloc[rows]
    preparation = Preparation.learn(columns)
    scale = None
    y: NDArray[Any] = table.targets[rows]
    if table.task == "regression":
        scale = TargetScale.learn(y.astype(np.float64))
        y = scale.apply(y.astype(np.float64))
    splits = 3 if len(rows) < 200 else 2 if len(rows) < 1000 else 1
    positions = {row: position for position, row in enumerate(rows.tolist())}
    inner = []
    for split in range(1 if table.order is not None else splits):
        fold = split_inner(table, rows, seed + split)
        inner.append(Fold(*(np.array([positions[row] for row in part.tolist()]) for part in (fold.train, fold.test))))
    return Work(
        X=preparation.apply(columns),
        y=y,
        task=table.task,
        classes=0 if table.task == "regression" else len(table.target_names),
        inner=tuple(inner),
        preparation=preparation,
        scale=scale,
        seed=seed,
    )


def few_threads(work: Work) -> AbstractContextManager[Any]:
    """Where there are few rows, one thread for scikit-learn: several would wait for each other most of the time."""
    if len(work.X) > _FEW_ROWS:
        return nullcontext()
    limits: AbstractContextManager[Any] = _thread_pools().limit(limits=1)
    return limits


@cache
def _thread_pools() -> Any:
    """All thread pools of this process; looking for them takes longer than many a fit."""
    import sklearn.ensemble  # noqa: F401  # so that its pools are among them
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


class Scores(NamedTuple):
    """Losses and accuracies of the S members of an arm on test rows; accuracies are None for a regression."""

    losses: NDArray[np.float64]
    accuracies: NDArray[np.float64] | None


def test_scores(table: Table, work: Work, rows: NDArray[np.int64], fitted: Fitted) -> Scores:
    """How a fitted arm predicts rows that it was not given, in the target's own unit."""
    with few_threads(work):
        predictions = fitted.predict(work.preparation.apply(table.columns.iloc[rows]))
    if work.scale is not None:
        predictions = work.scale.undo(predictions)
    targets = table.targets[rows]
    losses = mean_loss(predictions, targets, table.task)
    return Scores(losses, None if table.task == "regression" else accuracy(predictions, targets))
