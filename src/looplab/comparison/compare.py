"""`compare`: is a neural network worth it on these data, or is a linear model enough?"""

import time as clock
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import count

from looplab.comparison.answer import MARGIN, better_still, decide, say
from looplab.comparison.boosting import BOOSTING
from looplab.comparison.budget import Budget, budget_of
from looplab.comparison.comparison import Comparison
from looplab.comparison.conformal import missed
from looplab.comparison.folds import SHARES, Folds, share_out
from looplab.comparison.leaks import leaking_columns
from looplab.comparison.learning import learning_curve
from looplab.comparison.measure import ARMS, fit_final, measure, quantile_shift, with_own
from looplab.comparison.networks import NETWORKS
from looplab.comparison.plan import Plan, make_plan
from looplab.comparison.prepare import prepare
from looplab.comparison.rare_classes import RareClasses
from looplab.comparison.result import FinalModel
from looplab.comparison.scoring import judged_folds, make_scoring
from looplab.comparison.summary import evidence_of, seed_spread, summarize
from looplab.comparison.table import Table, make_table
from looplab.comparison.thinning import rows_in_time
from looplab.comparison.why.reasons import Gatherer
from looplab.data import ReadOptions, Task
from looplab.errors import require_choice
from looplab.loop import ProgressBar
from looplab.sweeps.workers import ExecutorLike

__all__ = ["compare"]


def compare(
    table: object,
    target: str | int | None = None,
    *,
    task: Task | None = None,
    groups: str | int | None = None,
    time: str | int | None = None,
    weights: str | int | None = None,
    read: ReadOptions | None = None,
    rare_classes: RareClasses | None = None,
    folds: int | None = None,
    repeats: int | None = None,
    seeds: int | None = None,
    metric: str | None = None,
    arms: Mapping[str, object] | None = None,
    save_arm: str | None = None,
    margin: float = MARGIN,
    curve: bool = True,
    why: bool = True,
    budget: str | float | Budget | None = None,
    seed: int = 0,
    executor: ExecutorLike | None = None,
) -> Comparison:
    """Is a neural network worth it on these data, or is a linear model enough?

    Five arms predict the same test rows of a repeated K-fold: the constant prediction, the linear model (ridge or
    logistic regression; with products of columns, or of the logarithm of a positive target, where that is clearly
    better), a small and a wide network (one hidden layer of 16 and of 64 ReLU units), and scikit-learn's histogram
    gradient boosting. Preprocessing, forms, penalties, learning rates, weight decay, numbers of leaves and stopping
    steps are learnt or chosen inside the training rows of each fold. The answer follows from the corrected resampled t
    interval of the paired difference; see `looplab.comparison.answer.decide`.

    Args:
        table: a file with a table (`looplab.data.sources.endings` has the formats), a DataFrame or any other object
            with columns, a `Dataset`, or the name of a dataset.
        target: the column to predict; datasets have their own.
        task: "regression", "binary" or "multiclass"; None infers it from the target.
        groups: column whose groups must not be split across folds, such as a patient's number.
        time: column by which rows are ordered; later rows are predicted from earlier ones only.
        weights: column that says how much each row counts, at least 0: in the fit of every arm, in choosing its
            settings and in every score. It is no input; rows of weight 0 are left out.
        read: how to read what a file leaves open, and columns to drop.
        rare_classes: "merge" makes one class of those with fewer rows than folds, "drop" leaves out their rows.
        folds: number of folds; None takes 5, or up to 20 with `time` if there are enough rows.
        repeats: how many times the rows are split into folds; None takes 6 for 40 to 300 rows, 4 for fewer, 2 up to
            20,000, else 1.
        seeds: networks trained in each fold; None takes 8 up to 1,000 rows, 4 up to 20,000, else 2.
        metric: what decides: "log-loss", "brier", "accuracy", "balanced-accuracy", "f1", "auc" or "average-precision"
            for classes, "mse", "rmse", "mae", "r2", "pinball" or, for the quantile 0.9, "pinball-0.9" for a regression;
            None takes "log-loss" or "mse". Of a score, the loss is what it lacks to 1. Penalties, learning rates and
            stopping steps are chosen by log loss or squared error whatever the metric. F1 and average precision are
            those of the rarer of two classes; of several classes, F1, AUC and average precision are means over them.
            For a pinball loss, each arm's predictions are moved by that quantile of its residuals on training rows that
            it did not learn from.
        arms: scikit-learn estimators by name, to be compared as well: each is copied, and fitted to the same matrices
            on the same folds. Classifiers need `predict_proba`.
        save_arm: the arm to be fitted to all rows and saved; None takes gradient boosting if it is clearly better than
            what the answer recommends, else what that recommends. An arm of your own cannot be saved.
        margin: a network that lowers the linear model's loss by less than this share is not worth it.
        curve: whether to measure the learning curve as well, which takes about as long as the comparison; needs at
            least 40 rows.
        why: whether to find out as well what the arms rely on, where networks gain, and how far probabilities can be
            trusted; see `looplab.comparison.why`.
        budget: how long this may take, in seconds or as "60s", "2m" or "1h". What does not fit is left out: the
            learning curve, what the arms rely on, folds beyond the second, and rows of a large table; a note says what.
            What fits depends on the machine, so that the same seed need not give the same answer. None for no limit.
        seed: fixes folds, splits and networks.
        executor: who trains the networks, as `train_many` takes it; None for this process.

    Returns:
        The answer with scores, intervals, learning curve and notes, a `Comparison`.

    Raises:
        LooplabError: a table or option that cannot be used, in a sentence that names column and row.

    Random state: everything follows from `seed`; the caller's random state is left as it was.

    Source: Nadeau & Bengio, Inference for the Generalization Error, Machine Learning 52, 2003.

    >>> compare("iris", repeats=1, seeds=2).table.task
    'multiclass'
    """
    started, limit = clock.perf_counter(), budget_of(budget)
    data = make_table(
        table,
        target,
        task,
        groups=groups,
        time=time,
        weights=weights,
        read=read,
        rare_classes=rare_classes,
        folds=folds,
    )
    scoring = make_scoring(data, metric)
    all_arms = with_own(arms, data.task)
    if save_arm is not None:
        require_choice("arm to save", save_arm, ARMS)

    def plan_for(rows: Table) -> Plan:
        return make_plan(
            len(rows),
            folds=folds,
            repeats=repeats,
            seeds=seeds,
            margin=margin,
            curve=curve,
            seed=seed,
            in_time=rows.order is not None,
        )

    data = rows_in_time(data, plan_for, scoring, limit, executor)
    plan = plan_for(data)
    shared = share_out(data, plan)
    level = scoring.metric.level
    prepared = prepare(data, shared, seed, aside=level is not None)
    with ProgressBar(_fits(shared, len(all_arms)) + why, "comparing") as bar:
        fitted_one = _counter(bar)
        gatherer = Gatherer(data, shared, once=plan.folds, scoring=scoring, seed=seed) if why else None
        look = None if gatherer is None else gatherer.see
        compared = limit.folds(prepared.compared, len(shared.compared))
        scores = measure(compared, all_arms, plan.seeds, scoring, fitted_one, executor, look)
        judged, left_out = judged_folds(scores, scoring.metric)
        scored = {name: summarize(of_arm, shared, scoring.metric) for name, of_arm in judged.items()}
        evidence = evidence_of(scored, shared, scoring.metric, margin)
        answer, winner = decide(evidence)
        saved = save_arm or (BOOSTING if better_still(winner, evidence) == BOOSTING else winner)
        residuals = missed(scores[saved][: plan.folds], plan.seed)
        network = winner if winner in NETWORKS else min(NETWORKS, key=lambda each: scored[each].interval.estimate)
        learning = None
        if shared.growing and limit.is_enough_for(2, "the learning curve"):
            growing = limit.folds(prepared.growing, len(shared.growing), "folds of the learning curve")
            learning = learning_curve(growing, network, scoring, fitted_one, executor)
        fitted = fit_final(prepared.whole, saved, plan.seeds, executor)
        whole = prepared.whole
        if level is not None:
            whole = whole.moved(quantile_shift(whole, all_arms[saved], plan.seeds, level, executor))
        fitted_one()
        reasons = None
        if gatherer is not None and limit.is_enough_for(1, "what the arms rely on"):
            both = {
                arm: fitted if arm == saved == network else ARMS[arm](whole.examples, plan.seeds, executor)
                for arm in ("linear", network)
            }
            reasons = gatherer.reasons(network, network if winner == network else "linear", whole, both)
            fitted_one()
    return Comparison(
        answer=answer,
        recommended=winner,
        sentence=say(answer, winner, evidence),
        arms=scored,
        gains={name: evidence.true_gain(name, "linear") for name in scored if name != "linear"},
        seed_spread={name: seed_spread(scored[name]) for name in NETWORKS},
        scoring=scoring,
        learning=learning,
        reasons=reasons,
        leaks=tuple(leaking_columns(data)),
        table=replace(data, notes=(*data.notes, *left_out, *limit.sentences())),
        model=FinalModel(
            arm=saved,
            fitted=fitted,
            preparation=whole.preparation,
            scale=whole.scale,
            residuals=residuals,
        ),
        settings=plan.settings()
        | {
            "metric": scoring.metric.name,
            "weights": weights,
            "budget": None if limit.is_unlimited else limit.seconds,
            "folds_compared": len(scores[saved]),
            "train_rows": shared.train_rows,
            "test_rows": shared.test_rows,
        },
        seconds=clock.perf_counter() - started,
    )


def _fits(folds: Folds, arms: int) -> int:
    """How many fits there will be: all arms on each fold, two on each part of a growing fold, and the model to save."""
    return len(folds.compared) * arms + len(folds.growing) * len(SHARES) * 2 + 1


def _counter(bar: ProgressBar) -> Callable[[], None]:
    """A function to call after each fit: it advances the bar by one."""
    fits = count(1)
    return lambda: bar.update(next(fits))
