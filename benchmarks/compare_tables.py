"""Claim: the rivals of `looplab.compare` try as hard as a careful analyst with scikit-learn.

On each table, the linear arm and gradient boosting are compared with pipelines of scikit-learn on the same folds and
matrices: ridge or logistic regression with a penalty chosen by cross-validation, and histogram gradient boosting with a
grid of rates, leaves and smallest leaves under early stopping; beside them, boosting with default settings, and the
networks. Twelve tables are real, six are drawn with known truth. Each is written at once, and those already in the file
are kept, so that the benchmark goes on where it was stopped.
"""

import argparse
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.datasets import make_friedman1
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegressionCV, RidgeCV
from sklearn.model_selection import GridSearchCV

from common import versions, write_json
from looplab.comparison.answer import relative_gain
from looplab.comparison.boosting import BOOSTING
from looplab.comparison.folds import share_out
from looplab.comparison.measure import measure, with_own
from looplab.comparison.networks import NETWORKS
from looplab.comparison.plan import make_plan
from looplab.comparison.prepare import prepare
from looplab.comparison.scoring import make_scoring
from looplab.comparison.table import make_table
from real_tables import REAL

RIVALS = {"linear": "careful linear", BOOSTING: "careful boosting"}
GRID = {"learning_rate": [0.03, 0.1], "max_leaf_nodes": [4, 15], "min_samples_leaf": [5, 20]}


def _drawn(rows: int, columns: int, truth: Callable[[np.ndarray, np.ndarray], np.ndarray]) -> pd.DataFrame:
    random = np.random.default_rng(0)
    X, noise = random.normal(size=(rows, columns)), random.normal(size=rows)
    return pd.DataFrame(X, columns=[f"x{column}" for column in range(columns)]).assign(target=truth(X, noise))


def friedman() -> pd.DataFrame:
    """scikit-learn's: ten columns, of which five matter, with a product and a square."""
    X, y = make_friedman1(300, noise=1.0, random_state=0)
    return pd.DataFrame(X, columns=[f"x{column}" for column in range(10)]).assign(target=y)


DRAWN: dict[str, Callable[[], Any]] = {
    "linear": lambda: _drawn(150, 5, lambda X, noise: X.sum(axis=1) + noise),
    "prices": lambda: _drawn(300, 5, lambda X, noise: np.exp(9 + X[:, :3] @ [0.5, 0.3, -0.2] + 0.3 * noise)),
    "products": lambda: _drawn(300, 5, lambda X, noise: X[:, 0] + X[:, 1] * X[:, 2] + 0.5 * noise),
    "friedman": friedman,
    "wide": lambda: _drawn(80, 200, lambda X, noise: X[:, :20].sum(axis=1) + noise),
    "two classes, steps": lambda: _drawn(
        300, 5, lambda X, noise: np.where((X[:, 0] > 0) ^ (X[:, 1] > 0.5) ^ (noise > 1.5), "yes", "no")
    ),
}
"""Tables of known truth; `wide` has more columns than rows, `prices` a log-normal target."""
TABLES = REAL | DRAWN


def careful(task: str) -> dict[str, object]:
    """Pipelines of scikit-learn; inputs are scaled already."""
    stopped = {"early_stopping": True, "n_iter_no_change": 20, "max_iter": 500, "validation_fraction": 0.15}
    if task == "regression":
        boosting = HistGradientBoostingRegressor(random_state=0, **stopped)
        return {
            "careful linear": RidgeCV(alphas=np.logspace(-3, 5, 33)),
            "careful boosting": GridSearchCV(boosting, GRID, cv=3, scoring="neg_mean_squared_error"),
            "default boosting": HistGradientBoostingRegressor(random_state=0),
        }
    boosting = HistGradientBoostingClassifier(random_state=0, **stopped)
    logistic = LogisticRegressionCV(
        Cs=np.logspace(-4, 4, 17),
        cv=5,
        scoring="neg_log_loss",
        max_iter=2000,
        l1_ratios=(0,),
        use_legacy_attributes=False,
    )
    return {
        "careful linear": logistic,
        "careful boosting": GridSearchCV(boosting, GRID, cv=3, scoring="neg_log_loss"),
        "default boosting": HistGradientBoostingClassifier(random_state=0),
    }


def measured(name: str, folds: int, repeats: int) -> dict[str, Any]:
    """The losses of both kinds of arm on a table's folds, and looplab's gain over the careful pipelines."""
    source = TABLES[name]()
    table = make_table(source, None if isinstance(source, str) else "target")
    plan = make_plan(len(table), folds=folds, repeats=repeats, seeds=1, margin=0.15, curve=False, seed=0)
    shared = share_out(table, plan)
    every = with_own(careful(table.task), table.task)
    arms = {arm: every[arm] for arm in ("linear", *NETWORKS, BOOSTING, *careful(table.task))}
    scores = measure(prepare(table, shared, 0).compared, arms, 1, make_scoring(table, None), lambda: None)
    losses = {arm: np.array([each.losses.mean() for each in of_arm]) for arm, of_arm in scores.items()}
    gains = {
        arm: relative_gain(losses[arm], losses[rival], shared.train_rows, shared.test_rows)
        for arm, rival in RIVALS.items()
    }
    return {
        "rows": len(table),
        "columns": table.columns.shape[1],
        "task": table.task,
        "folds": len(shared.compared),
        "loss": {arm: float(of_arm.mean()) for arm, of_arm in losses.items()},
        "gain_over_careful": {arm: [gain.low, gain.estimate, gain.high] for arm, gain in gains.items()},
    }


def report(tables: Mapping[str, Any]) -> dict[str, Any]:
    """The whole report, from the tables so far."""
    return {
        "claim": "no arm is behind a careful pipeline of scikit-learn by more than noise",
        "holds": all(high > 0 for each in tables.values() for _, _, high in each["gain_over_careful"].values()),
        "tables": {name: tables[name] for name in TABLES if name in tables},
        "versions": versions(),
    }


def main() -> None:
    """Measure what is not in the file yet."""
    parser = argparse.ArgumentParser(description="The rivals of compare beside careful pipelines of scikit-learn.")
    parser.add_argument("--tables", nargs="*", choices=list(TABLES), default=list(TABLES))
    parser.add_argument("--folds", type=int, default=5)
    parser.add_argument("--repeats", type=int, default=1, help="how many times the rows are split into folds")
    parser.add_argument("--output", type=Path, help="also write the JSON here, and keep the tables that it holds")
    options = parser.parse_args()
    done: dict[str, Any] = {}
    if options.output and options.output.exists():
        done = json.loads(options.output.read_text(encoding="utf-8"))["tables"]
    for name in options.tables:
        if name not in done:
            done[name] = measured(name, options.folds, options.repeats)
            write_json(report(done), options.output)
    if not options.output:
        write_json(report(done), None)


if __name__ == "__main__":
    main()
