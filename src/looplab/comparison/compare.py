"""`compare`: is a neural network worth it on these data, or is a linear model enough?"""

import time as clock
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from looplab.comparison.answer import MARGIN, Evidence, decide, say
from looplab.comparison.baselines import fit_boosting, fit_constant, fit_linear
from looplab.comparison.folds import Fold, make_folds
from looplab.comparison.leaks import leaking_columns
from looplab.comparison.learning import learning_curve
from looplab.comparison.networks import NETWORKS, fit_network
from looplab.comparison.result import ArmScores, Comparison
from looplab.comparison.scores import LOSS_NAMES
from looplab.comparison.table import Table, make_table
from looplab.comparison.work import Fitted, Scores, Work, make_work, test_scores
from looplab.data import Dataset, Task
from looplab.errors import CompareError
from looplab.loop import ProgressBar
from looplab.statistics import corrected_resampled_t

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["compare"]

_FEWEST_FOR_CURVE = 40  # of fewer rows, a quarter is too few to choose anything by
_LINEAR_MEMBERS = 16  # for the spread of a saved linear model's predictions


def compare(
    table: "str | Path | pd.DataFrame | Dataset",
    target: str | None = None,
    *,
    task: Task | None = None,
    groups: str | None = None,
    time: str | None = None,
    folds: int = 5,
    repeats: int | None = None,
    seeds: int | None = None,
    margin: float = MARGIN,
    curve: bool = True,
    seed: int = 0,
) -> Comparison:
    """Is a neural network worth it on these data, or is a linear model enough?

    Five arms predict the same test rows of a repeated K-fold: the constant prediction, the linear model (ridge or
    logistic regression), a small and a wide network (one hidden layer of 16 and of 64 ReLU units), and scikit-learn's
    histogram gradient boosting. Preprocessing, penalty, learning rate, weight decay and stopping step are learnt or
    chosen inside the training rows of each fold. The answer follows from the corrected resampled t interval of the
    paired difference; see `looplab.comparison.answer.decide`.

    Args:
        table: a .csv or .parquet file, a DataFrame, a `Dataset`, or the name of a dataset.
        target: the column to predict; datasets have their own.
        task: "regression", "binary" or "multiclass"; None tells it from the target.
        groups: column whose groups must not be shared out over folds, such as a patient's number.
        time: column by which rows are ordered; later rows are predicted from earlier ones only.
        folds: number of folds.
        repeats: how often rows are shared out afresh; None takes 6 for 40 to 300 rows, 4 for fewer, 2 up to
            20,000, else 1.
        seeds: networks trained in each fold; None takes 8 up to 1,000 rows, 4 up to 20,000, else 2.
        margin: a network that lowers the linear model's loss by less than this share is not worth it.
        curve: whether to measure the learning curve, too, which takes about as long as the comparison; from 40 rows.
        seed: fixes folds, splits and networks.

    Returns:
        The answer with scores, intervals, learning curve and notes, a `Comparison`.

    Raises:
        LooplabError: a table or option that cannot be used, in a sentence that names column and row.

    Random state: everything follows from `seed`; the caller's random state is left as it was.

    Source: Nadeau & Bengio, Inference for the Generalization Error, Machine Learning 52, 2003.

    >>> compare("iris", repeats=1, seeds=2).table.task
    'multiclass'
    """
    started = clock.perf_counter()
    data = make_table(table, target, task, groups=groups, time=time)
    plan = _plan(data, folds, repeats, seeds, margin, seed)
    all_folds = make_folds(data, plan.folds, plan.repeats, plan.seed)
    curve = curve and len(data) >= _FEWEST_FOR_CURVE
    curve_folds = all_folds[: plan.folds if len(data) <= 20_000 else 2] if curve else []
    with ProgressBar(len(all_folds) * len(_ARMS) + 3 * len(curve_folds) + 1, "comparing") as bar:
        done = _Counter(bar)
        scores = _cross_validate(data, all_folds, plan, done)
        arms = {name: _summary(of_folds, all_folds) for name, of_folds in scores.items()}
        evidence = _evidence(data, arms, all_folds, margin)
        answer, winner = decide(evidence)
        network = winner if winner in NETWORKS else min(NETWORKS, key=lambda each: arms[each].interval.estimate)
        learning = learning_curve(data, curve_folds, network, seed, done) if curve else None
        work = make_work(data, np.arange(len(data)), seed)
        fitted = _fit_winner(work, winner, max(plan.seeds, 8))
        done()
    return Comparison(
        answer=answer,
        sentence=say(answer, winner, evidence),
        arms=arms,
        gains={name: evidence.gain(name, "linear") for name in arms if name != "linear"},
        seed_spread={name: _seed_spread(arms[name]) for name in NETWORKS},
        learning=learning,
        leaks=tuple(leaking_columns(data)),
        table=data,
        winner=winner,
        work=work,
        fitted=fitted,
        settings=vars(plan) | {"train_rows": evidence.train_rows, "test_rows": evidence.test_rows},
        seconds=clock.perf_counter() - started,
    )


_ARMS: dict[str, Callable[[Work, int], Fitted]] = {
    "constant": lambda work, seeds: fit_constant(work),
    "linear": lambda work, seeds: fit_linear(work),
    "small network": lambda work, seeds: fit_network(work, NETWORKS["small network"], seeds),
    "wide network": lambda work, seeds: fit_network(work, NETWORKS["wide network"], seeds),
    "gradient boosting": lambda work, seeds: fit_boosting(work),
}


@dataclass(frozen=True, kw_only=True)
class _Plan:
    folds: int
    repeats: int
    seeds: int
    margin: float
    seed: int


class _Counter:
    """Counts finished pieces of work into a progress bar."""

    def __init__(self, bar: ProgressBar) -> None:
        self._bar, self._done = bar, 0

    def __call__(self) -> None:
        self._done += 1
        self._bar.update(self._done)


def _plan(table: Table, folds: int, repeats: int | None, seeds: int | None, margin: float, seed: int) -> _Plan:
    rows = len(table)
    repeats = repeats if repeats is not None else _usual_repeats(rows)
    seeds = seeds if seeds is not None else 8 if rows <= 1000 else 4 if rows <= 20_000 else 2
    for name, value in (("repeats", repeats), ("seeds", seeds)):
        if value < 1:
            raise CompareError(name, expected="a whole number, at least 1", got=repr(value))
    if not 0 <= margin < 1:
        raise CompareError("margin", expected="a share, at least 0 and below 1", got=repr(margin), fix="Try 0.1.")
    return _Plan(folds=folds, repeats=repeats, seeds=seeds, margin=margin, seed=seed)


def _usual_repeats(rows: int) -> int:
    """More where rows are few and folds differ much; very few rows are used up by four."""
    if rows < 40:
        return 4
    return 6 if rows <= 300 else 2 if rows <= 20_000 else 1


def _cross_validate(table: Table, folds: list[Fold], plan: _Plan, done: _Counter) -> dict[str, list[Scores]]:
    scores: dict[str, list[Scores]] = {name: [] for name in _ARMS}
    for fold in folds:
        work = make_work(table, fold.train, plan.seed)
        for name, fit in _ARMS.items():
            scores[name].append(test_scores(table, work, fold.test, fit(work, plan.seeds)))
            done()
    return scores


def _summary(scores: list[Scores], folds: list[Fold]) -> ArmScores:
    losses = _rectangle([each.losses for each in scores])
    accuracies = [each.accuracies for each in scores if each.accuracies is not None]
    train, test = _sizes(folds)
    interval = corrected_resampled_t(np.nanmean(losses, axis=1), train_rows=train, test_rows=test)
    return ArmScores(
        losses=losses,
        accuracies=_rectangle(accuracies) if accuracies else None,
        interval=replace(interval, low=max(0.0, interval.low)),  # no loss is below 0
    )


def _rectangle(rows: list[np.ndarray]) -> np.ndarray:
    """One row a fold; NaN where a fold has fewer members because some failed."""
    full = np.full((len(rows), max(len(row) for row in rows)), np.nan)
    for index, row in enumerate(rows):
        full[index, : len(row)] = row
    return full


def _sizes(folds: list[Fold]) -> tuple[float, float]:
    return float(np.mean([len(fold.train) for fold in folds])), float(np.mean([len(fold.test) for fold in folds]))


def _evidence(table: Table, arms: dict[str, ArmScores], folds: list[Fold], margin: float) -> Evidence:
    train, test = _sizes(folds)
    return Evidence(
        losses={name: np.nanmean(arm.losses, axis=1) for name, arm in arms.items()},
        train_rows=train,
        test_rows=test,
        loss_name=LOSS_NAMES[table.task],
        margin=margin,
    )


def _seed_spread(arm: ArmScores) -> float:
    """Standard deviation over seeds within a fold, as a share of the mean loss."""
    if arm.losses.shape[1] < 2:
        return 0.0
    within = np.nanvar(arm.losses, axis=1, ddof=1).mean()
    return float(np.sqrt(within) / max(arm.interval.estimate, 1e-12))


def _fit_winner(work: Work, winner: str, seeds: int) -> Fitted:
    if winner in NETWORKS:
        return fit_network(work, NETWORKS[winner], seeds)
    return fit_linear(work, members=_LINEAR_MEMBERS) if winner == "linear" else fit_constant(work)
