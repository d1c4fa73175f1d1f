"""By what the arms are judged: the metric that decides, what is reported beside it, and folds that it cannot judge."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from looplab.comparison.metrics import METRICS, Metric, find_metric, usual_metric
from looplab.comparison.table import Table
from looplab.data.words import count
from looplab.errors import CompareError

__all__ = ["Scores", "Scoring", "judged_folds", "make_scoring", "measure_in_words"]

_SKEWED = 0.5  # the rarest class has less than this share of the rows it would have if all were equally frequent

_FOR_CLASSES = ("accuracy", "balanced-accuracy", "f1", "auc", "average-precision", "brier", "log-loss")
_FOR_NUMBERS = ("rmse", "mae", "r2")


class Scoring(NamedTuple):
    """By what arms are judged.

    Attributes:
        metric: what decides.
        beside: what is reported beside it.
        positive: of two classes, the one that is looked for.
    """

    metric: Metric
    beside: tuple[Metric, ...] = ()
    positive: int = 1

    @property
    def measures(self) -> tuple[str, ...]:
        """The titles of what is reported beside the metric; of squared errors, the share of variance explained."""
        return ("R2",) if self.metric.name == "mse" else tuple(each.title for each in self.beside)


class Scores(NamedTuple):
    """What S members of an arm score on the test rows of a fold.

    Attributes:
        losses: S losses; NaN where the metric is undefined.
        measures: S values of each measure, by title.
        residuals: by how much each of M rows' targets lies above the members' mean prediction, M×O; None for classes.
    """

    losses: np.ndarray
    measures: Mapping[str, np.ndarray]
    residuals: np.ndarray | None = None


def make_scoring(table: Table, metric: str | None) -> Scoring:
    """The scoring of a table, by the metric of this name or by the usual loss.

    Classes of which one is rare get a table of several measures, since accuracy hardly notices that one.

    Raises:
        ChoiceError, CompareError: no such metric for the table's task.
    """
    decisive = usual_metric(table.task) if metric is None else find_metric(metric, table.task)
    if table.task == "regression":
        of_mean = decisive.level is None and decisive.name != "mse"  # predictions of a quantile are wrong as a mean
        names: tuple[str, ...] = _FOR_NUMBERS if of_mean else ()
        return Scoring(decisive, _others(names, decisive))
    rows = np.bincount(table.targets.astype(np.int64), minlength=len(table.target_names))
    is_skewed = rows.min() < _SKEWED * len(table) / len(rows)
    names = _FOR_CLASSES if is_skewed else _FOR_CLASSES[:1]
    return Scoring(decisive, _others(names, decisive), 0 if rows[0] < rows[1] else 1)


def judged_folds(measured: Mapping[str, list[Scores]], metric: Metric) -> tuple[Mapping[str, list[Scores]], list[str]]:
    """The folds on which the metric is defined for every arm, and a sentence about the others if there are some.

    Raises:
        CompareError: fewer than two are left.
    """
    arms = list(measured.values())
    defined = [not any(np.isnan(of_arm[fold].losses).any() for of_arm in arms) for fold in range(len(arms[0]))]
    kept, lost = sum(defined), len(defined) - sum(defined)
    if kept < 2:
        raise CompareError(
            f"metric {metric.name}",
            expected="test rows of more than one value of the target in at least two folds",
            got=f"{kept} of {len(defined)} such folds",
            fix=f"Judge by {METRICS['log-loss' if 'binary' in metric.tasks else 'mae'].name}, or ask for fewer folds.",
        )
    if not lost:
        return measured, []
    left = {
        name: [each for each, is_kept in zip(of_arm, defined, strict=True) if is_kept]
        for name, of_arm in measured.items()
    }
    note = (
        f"{count(lost, 'fold')} of {len(defined)} left out: the {metric.heading} of their test rows, which have a "
        "single value of the target, is undefined."
    )
    return left, [note]


def measure_in_words(value: float | None) -> str:
    """A measure as tables show it: three digits, or a dash where it is undefined.

    >>> measure_in_words(0.98765), measure_in_words(1234.5)
    ('0.988', '1.23e+03')
    """
    if value is None or np.isnan(value):
        return "–"
    return f"{value:.3f}" if abs(value) <= 1 else f"{value:.3g}"


def _others(names: tuple[str, ...], decisive: Metric) -> tuple[Metric, ...]:
    return tuple(METRICS[name] for name in names if name != decisive.name)
