"""The metrics by which `compare` can judge: scikit-learn's functions, under the names that a user gives."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from looplab.comparison.scores import mean_loss
from looplab.data import Task
from looplab.errors import CompareError, require_choice

__all__ = ["METRICS", "Metric", "Truth", "find_metric", "usual_metric"]

Classes: tuple[Task, ...] = ("binary", "multiclass")
Numbers: tuple[Task, ...] = ("regression",)

_IN_WORDS: dict[Task, str] = {"regression": "a regression", "binary": "two classes", "multiclass": "several classes"}


@dataclass(frozen=True, kw_only=True, eq=False)
class Truth:
    """What predictions are judged by.

    Attributes:
        targets: float64 N×O in the target's unit, or int64 N of classes.
        task: "regression", "binary" or "multiclass".
        weights: N numbers above 0; None for equal ones.
        positive: of two classes, the one that is looked for: the rarer of the whole table.
    """

    targets: NDArray[Any]
    task: Task
    weights: NDArray[np.float64] | None = None
    positive: int = 1


@dataclass(frozen=True, kw_only=True)
class Metric:
    """How well predictions fit.

    Attributes:
        name: what the user writes.
        title: what tables call it.
        loss: what the answer calls the loss that decides; of a score, that is what it lacks to 1.
        tasks: the tasks that it judges.
        of: a function of one member's predictions (N×O, or probabilities N×C) and the truth; NaN where it is
            undefined, as the AUC of rows of a single class.
        is_score: whether higher is better, and 1 the best.
        is_bounded: whether the loss is from 0 to 1; such losses are compared by differences rather than ratios.
        level: the quantile that pinball loss asks for; None for all others.
    """

    name: str
    title: str
    loss: str
    tasks: tuple[Task, ...]
    of: Callable[[NDArray[Any], Truth], float]
    is_score: bool = False
    is_bounded: bool = False
    level: float | None = None

    def values(self, predictions: NDArray[Any], truth: Truth) -> NDArray[np.float64]:
        """Of each of S members, from predictions S×N×O or probabilities S×N×C."""
        return np.array([self.of(member, truth) for member in predictions], dtype=np.float64)

    def losses(self, predictions: NDArray[Any], truth: Truth) -> NDArray[np.float64]:
        """The same as losses: of a score, what each lacks to 1."""
        values = self.values(predictions, truth)
        return 1 - values if self.is_score else values

    @property
    def heading(self) -> str:
        """What people read; `title` is what data are keyed by."""
        return "R²" if self.title == "R2" else self.title

    def shown(self, loss: float) -> float:
        """A loss as the value that a table shows."""
        return 1 - loss if self.is_score else loss


def usual_metric(task: Task) -> Metric:
    """What decides unless the user names another: mean squared error, or log loss."""
    return METRICS["mse" if task == "regression" else "log-loss"]


def find_metric(name: str, task: Task) -> Metric:
    """The metric of this name for a task; `pinball-0.9` asks for the quantile 0.9.

    Raises:
        ChoiceError: no metric of this name judges this task.
        CompareError: a quantile that is not between 0 and 1.

    >>> find_metric("auc", "binary").title
    'AUC'
    """
    known = [each for each, metric in METRICS.items() if task in metric.tasks]
    kind, _, level = name.partition("-") if isinstance(name, str) else ("", "", "")
    if kind == "pinball" and level and kind in known:
        return _pinball_at(level)
    require_choice(f"metric for {_IN_WORDS[task]}", name, known)
    return METRICS[name]


def _pinball_at(written: str) -> Metric:
    try:
        level = float(written)
    except ValueError:
        level = np.nan
    if not 0 < level < 1:
        raise CompareError(
            "metric pinball",
            expected="a quantile above 0 and below 1",
            got=f"'{written}'",
            fix="Write pinball-0.9 for the quantile 0.9.",
        )
    title = f"pinball loss at {level:g}"
    found = METRICS["pinball"]
    return replace(
        found, name=f"pinball-{level:g}", title=title, loss=title, of=partial(_pinball, level=level), level=level
    )


def _usual(predicted: NDArray[Any], truth: Truth) -> float:
    return float(mean_loss(predicted[None], truth.targets, truth.task, truth.weights)[0])


def _brier(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import brier_score_loss

    asked = (1,) if truth.task == "binary" else range(predicted.shape[1])
    of_class = (
        brier_score_loss(truth.targets == each, predicted[:, each], sample_weight=truth.weights) for each in asked
    )
    return float(sum(of_class))


def _accuracy(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import accuracy_score

    return float(accuracy_score(truth.targets, predicted.argmax(axis=1), sample_weight=truth.weights))


def _balanced_accuracy(predicted: NDArray[Any], truth: Truth) -> float:
    """The mean recall of the classes that are there; scikit-learn's own of this name warns of the others."""
    from sklearn.metrics import recall_score

    said, present = predicted.argmax(axis=1), np.unique(truth.targets)
    return float(
        recall_score(truth.targets, said, labels=present, average="macro", sample_weight=truth.weights, zero_division=0)
    )


def _f1(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import f1_score

    said = predicted.argmax(axis=1)
    labels = [truth.positive] if truth.task == "binary" else np.unique(truth.targets)
    if not np.isin(truth.targets, labels).any():
        return float("nan")
    return float(
        f1_score(truth.targets, said, labels=labels, average="macro", sample_weight=truth.weights, zero_division=0)
    )


def _by_class(
    predicted: NDArray[Any], truth: Truth, score: Callable[..., float], asked: NDArray[np.int64] | list[int]
) -> float:
    """The mean of a ranking's score, each class against all others; NaN if there is only one."""
    if len(np.unique(truth.targets)) < 2:
        return float("nan")
    of_class = [score(truth.targets == each, predicted[:, each], sample_weight=truth.weights) for each in asked]
    return float(np.mean(of_class))


def _auc(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import roc_auc_score

    asked = [1] if truth.task == "binary" else np.unique(truth.targets)
    return _by_class(predicted, truth, roc_auc_score, asked)


def _average_precision(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import average_precision_score

    asked = [truth.positive] if truth.task == "binary" else np.unique(truth.targets)
    return _by_class(predicted, truth, average_precision_score, asked)


def _rmse(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import root_mean_squared_error

    return float(root_mean_squared_error(truth.targets, predicted, sample_weight=truth.weights))


def _mae(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import mean_absolute_error

    return float(mean_absolute_error(truth.targets, predicted, sample_weight=truth.weights))


def _r2(predicted: NDArray[Any], truth: Truth) -> float:
    from sklearn.metrics import r2_score

    if (np.ptp(truth.targets, axis=0) == 0).any():
        return float("nan")
    return float(r2_score(truth.targets, predicted, sample_weight=truth.weights))


def _pinball(predicted: NDArray[Any], truth: Truth, level: float = 0.5) -> float:
    from sklearn.metrics import mean_pinball_loss

    return float(mean_pinball_loss(truth.targets, predicted, alpha=level, sample_weight=truth.weights))


def _loss(name: str, title: str, tasks: tuple[Task, ...], of: Callable[[NDArray[Any], Truth], float]) -> Metric:
    return Metric(name=name, title=title, loss=title, tasks=tasks, of=of)


def _share(name: str, title: str, loss: str, of: Callable[[NDArray[Any], Truth], float]) -> Metric:
    return Metric(name=name, title=title, loss=loss, tasks=Classes, of=of, is_score=True, is_bounded=True)


METRICS = {
    metric.name: metric
    for metric in (
        _loss("log-loss", "log loss", Classes, _usual),
        _loss("brier", "Brier score", Classes, _brier),
        _share("accuracy", "accuracy", "error rate", _accuracy),
        _share("balanced-accuracy", "balanced accuracy", "balanced error rate", _balanced_accuracy),
        _share("f1", "F1", "1 − F1", _f1),
        _share("auc", "AUC", "1 − AUC", _auc),
        _share("average-precision", "average precision", "1 − average precision", _average_precision),
        _loss("mse", "mean squared error", Numbers, _usual),
        _loss("rmse", "RMSE", Numbers, _rmse),
        _loss("mae", "MAE", Numbers, _mae),
        Metric(name="r2", title="R2", loss="1 − R²", tasks=Numbers, of=_r2, is_score=True),
        replace(_loss("pinball", "pinball loss at 0.5", Numbers, _pinball), level=0.5),
    )
}
"""Each metric by the name that a user gives."""
