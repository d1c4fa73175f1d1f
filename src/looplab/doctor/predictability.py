"""Whether targets can be told from inputs at all: what learners of other kinds make of the same rows."""

import functools
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from looplab.doctor.task import Task

__all__ = ["Predictability", "predictability"]

MOST_ROWS, MOST_COLUMNS = 1500, 400


class Predictability:
    """How far the best of several learners comes in cross-validation.

    Attributes:
        name: of the measure: area under the curve for two classes, else balanced accuracy; R² in regression.
        share: of it on rows that were kept aside.
        chance: what guessing reaches: a half, one over the number of classes, 0.
        deviations: by how many standard deviations the share is above chance; in regression, over 0.03.
        rows: that were looked at.
    """

    def __init__(self, share: float, labels: np.ndarray, *, regression: bool) -> None:
        counts = np.array([]) if regression else np.unique(labels, return_counts=True)[1]
        self.share, self.rows = share, len(labels)
        if regression:
            self.name, self.chance, spread = "R²", 0.0, 0.03
        elif len(counts) == 2:  # the deviation of Mann and Whitney's statistic
            self.name, self.chance = "area under the curve", 0.5
            spread = float(np.sqrt((counts.sum() + 1) / (12 * counts.prod())))
        else:
            self.name, self.chance = "balanced accuracy", 1 / max(len(counts), 1)
            each = self.chance * (1 - self.chance) / counts
            spread = float(np.sqrt(each.sum())) / max(len(counts), 1)
        self.deviations = (share - self.chance) / max(spread, 1e-9)

    @property
    def is_there(self) -> bool:
        """Whether targets can be told better than by chance."""
        return self.deviations > 3


def predictability(inputs: Tensor, targets: Tensor, task: Task) -> Predictability | None:
    """The best of a linear model, nearest neighbours and trees; None where rows are too few or have no shape for it.

    Takes a second or so on 1,500 rows.
    """
    if task.kind == "unknown" or len(inputs) != len(targets) or len(inputs) < 60 or inputs.is_complex():
        return None
    rows = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(0))[:MOST_ROWS]
    x = inputs[rows].reshape(len(rows), -1).double().cpu().numpy()
    y = targets[rows].reshape(len(rows), -1).cpu()
    if y.shape[1] != 1:
        one_hot = targets.is_floating_point() and task.kind == "multiclass"
        y = y.argmax(dim=1, keepdim=True) if one_hot else y[:, :1]
    if not np.isfinite(x).all() or not bool(torch.isfinite(y.double()).all()):
        return None
    return _best(_thinned(x), y[:, 0].double().numpy(), regression=task.kind == "regression")


def _thinned(x: np.ndarray) -> np.ndarray:
    x = x[:, x.std(axis=0) > 0]
    if x.shape[1] > MOST_COLUMNS:
        from sklearn.decomposition import PCA

        x = PCA(n_components=min(50, *x.shape), random_state=0).fit_transform(x)
    return x


def _best(x: np.ndarray, y: np.ndarray, *, regression: bool) -> Predictability | None:
    from sklearn.model_selection import cross_val_score

    if not x.shape[1] or (not regression and np.unique(y, return_counts=True)[1].min() < 6):
        return None
    if regression:
        y = (y - y.mean()) / max(float(y.std()), 1e-12)
    shares = []
    for learner in _learners(regression):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = cross_val_score(learner, x, y, cv=_folds(regression), scoring=_measure(y, regression))
            shares.append(float(np.mean(scores)))
    return Predictability(max(shares), y, regression=regression)


def _measure(y: np.ndarray, regression: bool) -> str:
    return "r2" if regression else "roc_auc" if len(np.unique(y)) == 2 else "balanced_accuracy"


@functools.cache
def _folds(regression: bool) -> Any:
    from sklearn.model_selection import KFold, StratifiedKFold

    kind = KFold if regression else StratifiedKFold
    return kind(n_splits=3, shuffle=True, random_state=0)


def _learners(regression: bool) -> list[Any]:
    from sklearn.ensemble import ExtraTreesClassifier, ExtraTreesRegressor
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    trees = {"n_estimators": 60, "min_samples_leaf": 2, "random_state": 0, "n_jobs": 1}
    if regression:
        rest = [RidgeCV(np.logspace(-2, 4, 7)), KNeighborsRegressor(10), ExtraTreesRegressor(**trees)]
    else:
        rest = [
            LogisticRegression(C=0.3, max_iter=200, class_weight="balanced"),
            KNeighborsClassifier(10),
            ExtraTreesClassifier(**trees, class_weight="balanced"),
        ]
    return [make_pipeline(StandardScaler(), each) for each in rest]
